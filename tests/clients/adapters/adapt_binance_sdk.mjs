// Adapts the official JavaScript SDKs of portfolio margin (records) and portfolio margin pro (the loan).

import { NEG, require, speak, trusting, versionOf, weights, window } from "./adapting.mjs";

const PACKAGE = "@binance/derivatives-trading-portfolio-margin";
const common = require("@binance/common");
const { DerivativesTradingPortfolioMargin } = require(PACKAGE);
const { DerivativesTradingPortfolioMarginPro } = require(`${PACKAGE}-pro`);

// These tell the HTTP status by their class alone; a ServerError has it in `statusCode`, and no code.
const STATUS = {
  BadRequestError: 400,
  UnauthorizedError: 401,
  ForbiddenError: 403,
  NotFoundError: 404,
  RateLimitBanError: 418,
  TooManyRequestsError: 429,
};
const OWN = [...Object.keys(STATUS), "ServerError", "ConnectorClientError", "RequiredError", "NetworkError"];

const read = async (response) => ({ value: await response.data(), usedWeight: weights(response.headers) });

speak({
  name: PACKAGE,
  version: `${versionOf(PACKAGE)}, pro ${versionOf(`${PACKAGE}-pro`)}`,
  features: ["HMAC", "RSA", "Ed25519", "recv_window", "parameters", "used_weight", "tls"],
  made(question) {
    const configurationRestAPI = {
      apiKey: question.api_key,
      apiSecret: question.secret,
      privateKey: question.private_key,
      basePath: question.url,
      ...trusting(question),
    };
    const margin = new DerivativesTradingPortfolioMargin({ configurationRestAPI }).restAPI;
    const pro = new DerivativesTradingPortfolioMarginPro({ configurationRestAPI }).restAPI;
    return { margin, pro, window: window(question) };
  },
  async loan({ pro, window }) {
    return read(await pro.queryPortfolioMarginProBankruptcyLoanAmount(window));
  },
  async records({ margin, window }, startTime, endTime, parameters) {
    const between = { startTime, endTime, ...window };
    if (!Object.keys(parameters).length) {
      return read(await margin.queryUserNegativeBalanceAutoExchangeRecord(between));
    }
    return read(await margin.sendSignedRequest(NEG, "GET", { ...between, ...parameters }));
  },
  described: (error) => ({
    own: OWN.some((name) => error instanceof common[name]),
    code: error?.code,
    status: error?.statusCode ?? STATUS[error?.constructor?.name],
  }),
});
