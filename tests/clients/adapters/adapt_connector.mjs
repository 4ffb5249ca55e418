// Adapts npm `@binance/connector`, the official client before the SDKs.

import { NEG, require, seconds, speak, trusting, versionOf, weights, window } from "./adapting.mjs";

const { Spot } = require("@binance/connector");
const ConnectorClientError = require("@binance/connector/src/error/connectorClientError");

// Its page says that there are two types of error, each with the answer in `response`; they are errors of axios.
const isOwn = (error) => error instanceof ConnectorClientError || error?.response !== undefined;

const read = (response) => ({ value: response.data, usedWeight: weights(response.headers) });

speak({
  name: "@binance/connector",
  version: versionOf("@binance/connector"),
  features: ["HMAC", "RSA", "Ed25519", "recv_window", "parameters", "retry_after", "used_weight", "tls"],
  made(question) {
    const options = { baseURL: question.url, ...trusting(question) };
    if (question.private_key) Object.assign(options, { privateKey: question.private_key, privateKeyAlgo: question.key_type });
    return { client: new Spot(question.api_key, question.secret ?? "", options), window: window(question) };
  },
  async loan({ client, window }) {
    return read(await client.portfolioMarginBankruptcyLoanAmount({ ...window }));
  },
  async records({ client, window }, startTime, endTime, parameters) {
    return read(await client.signRequest("GET", NEG, { startTime, endTime, ...parameters, ...window })); // it has no method
  },
  described: (error) => ({
    own: isOwn(error),
    code: error?.response?.data?.code,
    status: error?.response?.status,
    retry_after_s: seconds(error?.response?.headers),
  }),
});
