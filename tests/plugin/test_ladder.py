"""The ladder of fixtures: one server for the session, a fresh world for each test."""

import pytest

from tests.plugin.conftest import Project


def test_every_test_has_a_world_of_its_own(project: Project) -> None:
    """A world is named for its test, has keys of its own, and begins anew; the server is the same for all."""
    project.tests(
        """
        seen = {}

        @pytest.mark.parametrize("n", ["a b", "c/d"])
        def test_world(mockex_world, mockex_server, n):
            assert ask(mockex_world) == 200
            assert [entry.seq for entry in mockex_world.journal] == [1]
            assert mockex_world.url == f"{mockex_server.url}/w/{mockex_world.name}"
            seen[mockex_world.name] = (mockex_world.signer().api_key, mockex_server)

        def test_all():
            assert list(seen) == ["test_loan.test_world-a-b", "test_loan.test_world-c-d"]
            assert len({key for key, _ in seen.values()}) == 2
            assert len({server.url for _, server in seen.values()}) == 1

        def test_worlds_are_closed(mockex_server):
            assert len(mockex_server.exchange.worlds.by_name) == 1
        """
    )
    project.run().assert_outcomes(passed=4)


def test_markers_choose_the_world(project: Project) -> None:
    """Scenario, clock, faults, limits and seed come from the markers; the nearest to the test wins, word by word."""
    project.configured("mockex_scenario = quiet")
    project.tests(
        """
        pytestmark = pytest.mark.mockex("fractional", frozen_at="2026-01-01T00:00:00Z", seed=5)

        def test_of_module(mockex_world):
            assert mockex_world.clock.now_ms == 1767225600000
            assert (mockex_world.seed, mockex_world.clock.told.is_frozen) == (5, True)
            assert "ractional" in mockex_world.opened.scenario

        @pytest.mark.mockex("bankruptcy-loan", faults=["overloaded times=1"], limits={"papi_weight_per_ip": 7})
        def test_nearer(mockex_world):
            assert mockex_world.loan.amount == "12345.67800000"
            assert [ask(mockex_world), ask(mockex_world)] == [503, 200]
            assert (mockex_world.told.limits.papi_weight_per_ip, mockex_world.clock.told.is_frozen) == (7, True)
        """
    )
    project.tests("def test_of_ini(mockex_world):\n    assert mockex_world.loan.amount == '0'\n", "test_ini")
    project.tests(
        """
        import pathlib

        @pytest.mark.mockex(behaviour={"no_loan": "refuse"}, expects=[-21004], strict=True)
        def test_refused(mockex_world):
            assert ask(mockex_world) == 400
        """,
        "test_behaviour",
    )
    project.run().assert_outcomes(passed=4)


def test_seed_is_everybodys_but_where_one_is_marked(project: Project) -> None:
    """`--mockex-seed` chooses the seed of the server and of each world that is not marked with one."""
    project.tests(
        """
        def test_seed(mockex_world, mockex_server):
            assert (mockex_world.seed, mockex_server.seed) == (77, 77)

        @pytest.mark.mockex(seed=3)
        def test_marked(mockex_world):
            assert mockex_world.seed == 3
        """
    )
    project.run("--mockex-seed", "77").assert_outcomes(passed=2)


def test_mistaken_markers_are_told_in_a_sentence(project: Project) -> None:
    """A wrong word, scenario, fault or moment is one sentence with the nearest word, and no traceback of mockex."""
    project.tests(
        """
        @pytest.mark.mockex(scenari="quiet")
        def test_word(mockex_world): pass

        @pytest.mark.mockex("quite")
        def test_scenario(mockex_world): pass

        @pytest.mark.mockex(faults=["drop"])
        def test_fault(mockex_world): pass

        @pytest.mark.mockex("quiet", "quiet")
        def test_two(mockex_world): pass

        @pytest.mark.mockex(limits={"papi_weight": 1})
        def test_limit(mockex_world): pass

        @pytest.mark.mockex(expects=-1021)
        def test_code(mockex_world): pass
        """
    )
    result = project.run("-rE")
    result.assert_outcomes(errors=6)
    told = result.stdout.str()
    assert "mockex: the marker has no 'scenari' (did you mean 'scenario'?)" in told
    assert "mockex: no scenario is called 'quite' (did you mean 'quiet'?)" in told
    assert "mockex: there is no fault 'drop' (did you mean 'drip'?)" in told
    assert "mockex: the marker takes one scenario, and all else by its name" in told
    assert "papi_weight" in told
    assert "mockex: `expects` takes a list of codes, as [-1021], and got -1021" in told
    assert "another exception" not in told
    assert "Traceback" not in told
    assert "pytest_plugin.py" not in told


def test_file_of_the_configuration_is_found_from_everywhere(project: Project) -> None:
    """Its path begins where the configuration is, wherever pytest is started."""
    project.configured("mockex_scenario = mine.toml")
    project.pytester.makefile(".toml", mine='title = "It is mine"')
    project.tests("def test_mine(mockex_world):\n    assert mockex_world.told.scenario == 'It is mine'\n")
    folder = project.pytester.mkdir("folder")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        project.run("..").assert_outcomes(passed=1)
