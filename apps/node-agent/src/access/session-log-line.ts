import type { SshSessionEvent } from '@asterism/contracts';

type Opened = Extract<SshSessionEvent, { kind: 'opened' }>;

/** What sshd wrote of somebody who came in. */
export interface AcceptedLogin extends Pick<
  Opened,
  'account' | 'method' | 'source' | 'sourcePort' | 'certificate'
> {
  /** Of the process that wrote it; null where the line does not say. */
  readonly pid: number | null;
}

/** In front of what syslog writes into a file: a time, a host, `sshd[pid]:`. `sshd -E` writes nothing in front. */
const SYSLOG =
  /^(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\d{4}-\d\d-\d\dT\S+) \S+ sshd(?:-session|-auth)?\[(\d+)\]: /;
/** auth.c `auth_log`: the only message that begins so. Names of unknown users are in messages that begin otherwise. */
const ACCEPTED = /^Accepted (\S+) for (\S{1,64}) from (\S{1,100}) port (\d{1,5}) ssh2(?:: (.*))?$/;
const FINGERPRINT = 'SHA256:[A-Za-z0-9+/]{43}';
/** sshkey.c `format_key` of a certificate. */
const CERTIFICATE = new RegExp(
  `^\\S+-CERT (${FINGERPRINT}) ID (.{0,300}) \\(serial (\\d{1,20})\\) CA \\S+ (${FINGERPRINT})$`,
);

/** Undefined for every line that is not of a login. */
export function parseLogLine(line: string): AcceptedLogin | undefined {
  const [head, pid] = SYSLOG.exec(line) ?? [''];
  return parseMessage(line.slice(head.length), pid === undefined ? null : Number(pid));
}

/** A message without what syslog writes in front of it. */
export function parseMessage(message: string, pid: number | null): AcceptedLogin | undefined {
  const [, how, account, source, port, key = ''] = ACCEPTED.exec(message.trimEnd()) ?? [];
  if (how === undefined || account === undefined || source === undefined) return undefined;
  const [, fingerprint, keyId, serial, authority] = CERTIFICATE.exec(key) ?? [];
  const certificate =
    fingerprint === undefined || keyId === undefined || serial === undefined || authority === undefined
      ? null
      : { fingerprint, keyId, serial, authority };
  const method = certificate === null ? methodOf(how) : 'certificate';
  return { account, method, source, sourcePort: Number(port), certificate, pid };
}

function methodOf(how: string): Opened['method'] {
  return how === 'publickey' || how === 'password' ? how : 'other';
}
