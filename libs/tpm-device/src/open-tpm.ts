import type { TpmTransport } from '@asterism/tpm';
import { openTpmDevice } from './device-file.ts';
import { TpmDeviceError } from './errors.ts';
import { openTpmTcp, openTpmUnixSocket } from './stream.ts';

/** Where a TPM is. */
export type TpmAddress =
  | { readonly kind: 'device' | 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

const FORMS = 'device:/dev/tpmrm0, unix:/path or tcp:host:port';

/** @throws TpmDeviceError `address-invalid` */
export function parseTpmAddress(text: string): TpmAddress {
  const file = /^(device|unix):(\/.+)$/.exec(text);
  const [, kind, path] = file ?? [];
  if (path !== undefined) return { kind: kind === 'device' ? 'device' : 'unix', path };
  const tcp = /^tcp:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = tcp?.[1] ?? tcp?.[2];
  const port = Number(tcp?.[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new TpmDeviceError('address-invalid', `not the address of a TPM: ${text}`, {
      got: text,
      want: FORMS,
    });
  }
  return { kind: 'tcp', host, port };
}

/** `device:/dev/tpmrm0`, `unix:/path` or `tcp:host:port`. @throws TpmDeviceError */
export function openTpm(address: string): Promise<TpmTransport> {
  const parsed = parseTpmAddress(address);
  if (parsed.kind === 'tcp') return openTpmTcp(parsed);
  return parsed.kind === 'device' ? openTpmDevice(parsed.path) : openTpmUnixSocket(parsed.path);
}
