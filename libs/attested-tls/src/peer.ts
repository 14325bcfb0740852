import type { Bytes } from '@asterism/bytes';
import type { TLSSocket } from 'node:tls';
import { AttestedTlsError } from './errors.ts';

/**
 * Checks what protocol §1.1 asks of a finished handshake and returns the peer's TLS public key (SPKI, DER). Possession
 * of that key was proved by the handshake; whose it is, was not.
 * @throws AttestedTlsError `tls-refused` on TLS below 1.3, a resumed session, no certificate or another kind of key.
 */
export function peerSpkiOf(socket: TLSSocket): Bytes {
  const version = socket.getProtocol();
  if (version !== 'TLSv1.3') {
    throw new AttestedTlsError('tls-refused', 'protocol version is not TLS 1.3', {
      got: version,
      want: 'TLSv1.3',
    });
  }
  if (socket.isSessionReused()) throw new AttestedTlsError('tls-refused', 'session was resumed');
  const key = socket.getPeerX509Certificate()?.publicKey;
  if (!key) throw new AttestedTlsError('tls-refused', 'peer presented no certificate');
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType !== 'ec' || curve !== 'prime256v1') {
    throw new AttestedTlsError('tls-refused', 'peer key is not ECDSA P-256', {
      got: curve ?? key.asymmetricKeyType,
      want: 'prime256v1',
    });
  }
  return new Uint8Array(key.export({ type: 'spki', format: 'der' }));
}
