import type { TLSSocket } from 'node:tls';

/** TLS Supported Groups registry. */
const GROUPS = new Map([
  [0x0017, 'P-256'],
  [0x0018, 'P-384'],
  [0x001d, 'X25519'],
  [0x001e, 'X448'],
  [0x11ec, 'X25519MLKEM768'],
]);

const KEX_GROUP = 19;
const CONTEXT_19 = 0xa0 | KEX_GROUP;

/**
 * Name of the key-exchange group that a connection negotiated, or `unknown`.
 *
 * Node tells a client (`getEphemeralKeyInfo`), but a server nothing. OpenSSL keeps the group in the session, whose
 * serialisation (`i2d_SSL_SESSION`, field kex_group [19], since OpenSSL 3.0) Node does give. The
 * serialisation holds the session's secrets: it is read here, cleared, and goes nowhere else.
 */
export function keyExchangeOf(socket: TLSSocket): string {
  const told = socket.getEphemeralKeyInfo() as { name?: string } | null;
  if (told?.name) return told.name;
  const session = socket.getSession();
  if (!session) return 'unknown';
  try {
    const group = groupOf(session);
    return group === null ? 'unknown' : (GROUPS.get(group) ?? `0x${group.toString(16).padStart(4, '0')}`);
  } finally {
    session.fill(0);
  }
}

/** Walks the members of SSL_SESSION_ASN1, a SEQUENCE with explicit context tags, to number 19. */
function groupOf(session: Buffer): number | null {
  const outer = member(session, 0);
  if (outer?.tag !== 0x30) return null;
  for (let at = outer.start; at < outer.end;) {
    const field = member(session, at);
    if (!field) return null;
    if (field.tag === CONTEXT_19) {
      const integer = member(session, field.start);
      if (integer?.tag !== 0x02 || integer.end - integer.start > 4) return null;
      return session.subarray(integer.start, integer.end).reduce((value, byte) => value * 256 + byte, 0);
    }
    at = field.end;
  }
  return null;
}

interface Member {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

function member(bytes: Buffer, at: number): Member | null {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return null;
  const size = first < 0x80 ? 0 : first & 0x7f;
  if (size > 3) return null;
  let length = size === 0 ? first : 0;
  for (let i = 0; i < size; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  const start = at + 2 + size;
  return start + length <= bytes.length ? { tag, start, end: start + length } : null;
}
