// Adapts npm `binance`: its PortfolioClient for records, its MainClient for the loan.

import { NEG, require, seconds, speak, trusting, versionOf } from "./adapting.mjs";

const { MainClient, PortfolioClient } = require("binance");

// What it throws where the exchange refuses is an object of this shape, and of no class; all else is what axios throws.
const isOwn = (error) => error?.constructor === Object && "requestUrl" in error && "requestOptions" in error;
const usedWeight = (client) => {
  const { lastUpdated, ...used } = client.getRateLimitStates();
  return lastUpdated === undefined ? undefined : used;
};

speak({
  name: "binance (npm)",
  version: versionOf("binance"),
  features: ["HMAC", "RSA", "Ed25519", "recv_window", "parameters", "retry_after", "used_weight", "tls"],
  made(question) {
    const options = {
      api_key: question.api_key,
      api_secret: question.secret ?? question.private_key,
      baseUrl: question.url,
      ...(question.recv_window_ms === undefined ? {} : { recvWindow: question.recv_window_ms }),
    };
    const requests = trusting(question);
    return { main: new MainClient(options, requests), portfolio: new PortfolioClient(options, requests) };
  },
  async loan({ main }) {
    const value = await main.getPortfolioMarginProBankruptcyLoanAmount();
    return { value, usedWeight: usedWeight(main) };
  },
  async records({ portfolio }, startTime, endTime, parameters) {
    const value = await portfolio.getPrivate(NEG.slice(1), { startTime, endTime, ...parameters }); // it has no method
    return { value, usedWeight: usedWeight(portfolio) };
  },
  described: (error) => ({
    own: isOwn(error),
    code: error?.code,
    status: error?.response?.status,
    retry_after_s: seconds(error?.headers),
  }),
});
