/** The SDK of the operator API, generated from `openapi/operator.v1.json`. */
export { createClient, createConfig, type Client, type Config } from './generated/client/index.ts';
export * from './generated/index.ts';
