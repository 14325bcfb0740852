/** Mutual TLS 1.3 with the options of the node listener and nothing on top: what a handshake alone costs. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { createTlsIdentity } from '@asterism/attested-tls';
import { tlsOptions } from '../libs/attested-tls/src/tls-options.ts';

const identity = await createTlsIdentity(new Date(), (length) => new Uint8Array(randomBytes(length)));
const server = createServer({ ...tlsOptions(identity), requestCert: true }, (socket) => {
  socket.on('error', () => undefined);
  if (socket.getPeerX509Certificate() === undefined) socket.destroy();
  else socket.end('x');
});
server.on('tlsClientError', () => undefined);
server.listen(0, '127.0.0.1', () => {
  process.send?.({ answer: (server.address() as AddressInfo).port });
});
process.on('disconnect', () => process.exit(0));
