export type { AgentAttester } from './agent-attester.ts';
export { attestationBinding, type BindingParts, type Role } from './binding.ts';
export { AttestedClient, connectAttested, type ConnectOptions, type Schema } from './client.ts';
export type { AttestedConnection } from './connection.ts';
export type { ClientConnection } from './dial.ts';
export {
  AttestedTlsError,
  PeerIdentityError,
  ProblemError,
  type AttestedTlsErrorCode,
  type PeerIdentityErrorCode,
} from './errors.ts';
export type { ApiExpectation } from './expectation.ts';
export type { AgentRequest, AgentResponse } from './http2-exchange.ts';
export { proveIdentity } from './identity-proof.ts';
export type { Keepalive } from './keepalive.ts';
export {
  connectionOf,
  createAttestedServer,
  type AttestedServerOptions,
  type ConnectionSource,
} from './server.ts';
export type { ServerSentEvent } from './sse.ts';

export { createTlsIdentity, type TlsIdentity } from './tls-identity.ts';
