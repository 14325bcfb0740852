export { ApiAttester } from '../attestation/api-attester.ts';
export { startNodeApplication } from './node-application.ts';
