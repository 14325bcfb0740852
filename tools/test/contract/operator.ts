import { ROLES, type PolicyDocument, type Role } from '@asterism/contracts';
import { readFile } from 'node:fs/promises';
import { request as requestHttps } from 'node:https';
import type { RunningApi } from './running-api.ts';

/** The document's examples call cluster and pool by this name, so that calls with examples meet real ones. */
export const NAME = 'production';
export const MACHINE_POOL = 'control-plane';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
}

/** One call as the first admin. @throws on any status that is not among `accepted` */
async function call(
  api: RunningApi,
  [method, path]: readonly [method: string, path: string],
  body: unknown,
  accepted: readonly number[],
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const ca = await readFile(api.caFile, 'utf8');
  const answer = await new Promise<Answer>((resolve, reject) => {
    const request = requestHttps(new URL(path, api.operatorUrl), {
      method,
      ca,
      headers: { authorization: `Bearer ${api.adminToken}`, 'content-type': 'application/json', ...headers },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.once('error', reject);
      response.once('end', () => {
        const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: json });
      });
    });
    request.end(JSON.stringify(body));
  });
  if (accepted.includes(answer.status)) return answer;
  throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** Cluster and pools, made where they are missing: a run may delete what it finds. */
export async function seed(api: RunningApi): Promise<void> {
  const made = [201, 409];
  await call(api, ['POST', '/v1/clusters'], { name: NAME }, made);
  for (const [name, role] of [
    [NAME, 'worker'],
    [MACHINE_POOL, 'control-plane'],
  ]) {
    await call(api, ['POST', `/v1/clusters/${NAME}/pools`], { name, role, variant: 'tpm' }, made);
  }
}

/** Lets a machine into the pool for machines. */
export async function activatePolicy(api: RunningApi, document: PolicyDocument): Promise<void> {
  const pool = `/v1/clusters/${NAME}/pools/${MACHINE_POOL}`;
  const { body } = await call(api, ['POST', `${pool}/policies`], { document, comment: '' }, [201]);
  const { headers } = await call(api, ['GET', pool], undefined, [200]);
  const revision = { 'if-match': String(headers['etag']) };
  await call(
    api,
    ['POST', `${pool}/policies/${String(body['version'])}/activate`],
    undefined,
    [200],
    revision,
  );
}

/** A token of each role over everything. */
export async function makeTokens(api: RunningApi): Promise<ReadonlyMap<Role, string>> {
  const tokens = new Map<Role, string>();
  for (const role of ROLES) {
    const order = { name: role, bindings: [{ role, clusterId: null }], expiresIn: 3_600 };
    const { body } = await call(api, ['POST', '/v1/tokens'], order, [201]);
    tokens.set(role, String(body['secret']));
  }
  return tokens;
}
