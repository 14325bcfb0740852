import { z } from 'zod';
import { caFileField, fileField, originField } from '../configuration/fields.ts';

const mountField = z.string().regex(/^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/, 'is no mount path');

/** How the API logs in. A token in a file is read again at every login, so that an agent beside us may renew it. */
const vaultCredentials = z.discriminatedUnion('source', [
  z.strictObject({ source: z.literal('token-file'), file: fileField }),
  z.strictObject({
    source: z.literal('approle'),
    mount: mountField.default('approle'),
    roleId: z.string().min(1).max(200),
    secretIdFile: fileField,
  }),
  z.strictObject({
    source: z.literal('kubernetes'),
    mount: mountField.default('kubernetes'),
    role: z.string().min(1).max(200),
    tokenFile: fileField.default('/var/run/secrets/kubernetes.io/serviceaccount/token'),
  }),
]);
export type VaultCredentials = z.infer<typeof vaultCredentials>;

/** A key of the transit engine of Vault or OpenBao, of type `aes256-gcm96` (or `aes128-gcm96`, `chacha20-poly1305`). */
export const vaultSection = z.strictObject({
  kind: z.literal('vault'),
  address: originField,
  namespace: z.string().min(1).max(200).optional(),
  mount: mountField.default('transit'),
  key: z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/, 'is no name of a transit key'),
  caFile: caFileField,
  credentials: vaultCredentials,
});
export type VaultSection = z.infer<typeof vaultSection>;
