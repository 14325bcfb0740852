export { openApiAttester, type ApiAttester } from '../attestation/api-attester.ts';
export type { ApiIdentity } from '../attestation/api-identity.ts';
export { startNodeApplication, type NodeApplication } from './node-application.ts';
