import { KekError } from '@asterism/keys';
import { ExternalAccountClient, GoogleAuth, JWT, type AuthClient } from 'google-auth-library';
import { readNamedFile } from '../read-files.ts';
import type { GcpCredentials } from './section.ts';

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];

/** @throws KekError `kek-configuration-invalid` where the file cannot be read, or holds neither kind of credential */
export async function gcpAuth(credentials: GcpCredentials): Promise<GoogleAuth> {
  if (credentials.source === 'default') return new GoogleAuth({ scopes: SCOPES });
  const { file } = credentials;
  const json = parse(await readNamedFile(file));
  const authClient = json.type === 'service_account' ? serviceAccount(json) : externalAccount(json);
  if (authClient === undefined)
    throw new KekError(
      'kek-configuration-invalid',
      `${file} holds neither a service account nor a workload identity`,
    );
  return new GoogleAuth({ authClient });
}

function parse(text: string): Record<string, unknown> {
  try {
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Signs its own tokens (AIP-4111), so that no token endpoint has to answer before the service can. */
function serviceAccount({
  client_email: email,
  private_key: key,
  private_key_id: keyId,
}: Record<string, unknown>) {
  if (typeof email !== 'string' || typeof key !== 'string' || typeof keyId !== 'string') return undefined;
  const client = new JWT({ email, key, keyId, scopes: SCOPES });
  client.useJWTAccessWithScope = true;
  return client;
}

function externalAccount(json: Record<string, unknown>): AuthClient | undefined {
  // Null for every other type.
  const options = { ...json, scopes: SCOPES } as unknown as Parameters<
    typeof ExternalAccountClient.fromJSON
  >[0];
  return ExternalAccountClient.fromJSON(options) ?? undefined;
}
