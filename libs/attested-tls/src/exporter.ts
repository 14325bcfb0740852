import type { Bytes } from '@asterism/bytes';
import type { TLSSocket } from 'node:tls';

const EXPORTER_LABEL = 'EXPORTER-asterism-attestation-v1';

/** TLS exporter of protocol §1.2 (RFC 8446 §7.5), empty context, 32 bytes; equal on both sides of one connection only. */
export function exporter(socket: TLSSocket): Bytes {
  return new Uint8Array(socket.exportKeyingMaterial(32, EXPORTER_LABEL, Buffer.alloc(0)));
}
