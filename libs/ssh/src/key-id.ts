import { SshError } from './errors.ts';

/** The key ID of a certificate of a grant: sshd writes it into its log at every login. */
export interface GrantKeyId {
  readonly kind: 'grant';
  readonly cluster: string;
  readonly user: string;
  /** UUID */
  readonly grant: string;
  /** End of the grant, which may be later than that of the certificate; unix seconds. */
  readonly until: number;
}

/** Made offline from recovery shares: not to be taken for anything else in a log. */
export interface EmergencyKeyId {
  readonly kind: 'emergency';
  readonly cluster: string;
  readonly person: string;
  /** Unix seconds. */
  readonly madeAt: number;
}

export type KeyId = GrantKeyId | EmergencyKeyId;

const NAME = '[a-z][a-z0-9_-]{0,62}';
const SECONDS = '(0|[1-9][0-9]{0,11})';
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const GRANT = new RegExp(`^asterism:(${NAME}):(${NAME}):(${UUID}):${SECONDS}$`);
const EMERGENCY = new RegExp(`^asterism-emergency:(${NAME}):(${NAME}):${SECONDS}$`);

/** `asterism:<cluster>:<user>:<grant>:<until>` or `asterism-emergency:<cluster>:<person>:<made>`. @throws SshError `ssh-key-id-malformed` */
export function formatKeyId(id: KeyId): string {
  const text =
    id.kind === 'grant'
      ? `asterism:${id.cluster}:${id.user}:${id.grant}:${id.until}`
      : `asterism-emergency:${id.cluster}:${id.person}:${id.madeAt}`;
  if (parseKeyId(text) === undefined) {
    throw new SshError('ssh-key-id-malformed', 'key ID would not be read back', { got: text.slice(0, 300) });
  }
  return text;
}

/** Undefined for what is not of this platform. A key ID proves nothing: its certificate's authority does. */
export function parseKeyId(text: string): KeyId | undefined {
  const grant = GRANT.exec(text);
  if (grant !== null) {
    const [, cluster = '', user = '', id = '', until] = grant;
    return { kind: 'grant', cluster, user, grant: id, until: Number(until) };
  }
  const emergency = EMERGENCY.exec(text);
  if (emergency === null) return undefined;
  const [, cluster = '', person = '', madeAt] = emergency;
  return { kind: 'emergency', cluster, person, madeAt: Number(madeAt) };
}
