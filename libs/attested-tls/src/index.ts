export type { AgentAttester } from './agent-attester.ts';
export type { AttestedConnection } from './connection.ts';
export {
  AttestedTlsError,
  PeerIdentityError,
  ProblemError,
  type AttestedTlsErrorCode,
  type PeerIdentityErrorCode,
} from './errors.ts';
export type { ApiExpectation } from './expectation.ts';
