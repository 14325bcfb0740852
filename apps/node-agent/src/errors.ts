import { CodedError } from '@asterism/bytes';

export type ConfigurationErrorCode =
  | 'command-line-invalid'
  | 'configuration-invalid'
  | 'directory-unusable'
  | 'key-socket-unusable'
  | 'variant-undetermined';

/** What the operator of this machine wrote does not fit; the message names the file and the field. */
export class ConfigurationError extends CodedError<ConfigurationErrorCode> {
  readonly outcome = 'input';
}

export type NodeErrorCode =
  'ticket-invalid' | 'lock-foreign' | 'activation-unfit' | 'node-quarantined' | 'node-revoked';

/** Something about this node, its disk or its standing that no retry on the same boot changes by itself. */
export class NodeError extends CodedError<NodeErrorCode> {
  readonly outcome = 'policy';
}
