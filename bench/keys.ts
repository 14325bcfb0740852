/**
 * `asterism bench keys [--count N] [--json]`: derivations beside bare HKDF; keys that members ask for, in both modes, beside
 * an empty attested request; N (100,000) data keys wrapped anew beside the provider alone (SoftHSM); opening a state disk
 * beside cryptsetup. Each pair in one run, so that the computer's speed is in neither ratio.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KekProviderSection } from '@asterism/kek';
import { connectDatabase, startEmbeddedPostgres } from '@asterism/persistence';
import { startHsmPeer } from '@asterism/testkit/kek-peers';
import { startApi } from './api-under-test.ts';
import { measureDerivations } from './key-derivations.ts';
import { measureKeyRequests } from './key-requests.ts';
import { measureRewrap } from './key-rewrap.ts';
import { print, readOptions } from './report.ts';
import { measureStateDiskOpen } from './state-disk-open.ts';

const { count, json } = readOptions({ count: 100_000 });

const derivations = measureDerivations();
const stateDisk = await measureStateDiskOpen();
const managed = await measureManaged();
const { external, rewrap } = await measureExternal();
print(json, 'keys', { derivations, requests: [managed, external], rewrap, stateDisk });

async function measureManaged() {
  await using api = await startApi();
  return await measureKeyRequests(api, { mode: 'managed' });
}

/** On a database of the benchmark's own, so that it can put many keys there at once. */
async function measureExternal() {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'asterism-bench-keys-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  const hsm = stack.adopt(await startHsmPeer(), (peer) => peer.stop());
  const postgres = stack.adopt(
    await startEmbeddedPostgres({ directory: join(folder, 'postgres') }),
    (server) => server.stop(),
  );
  const { host, user, database: name } = postgres.connection;
  const kekConfig = join(folder, 'kek.json');
  const sections = hsm.sections as unknown as Record<'usual' | 'otherKey', KekProviderSection>;
  const providers = { before: sections.usual, after: sections.otherKey };
  await writeFile(kekConfig, JSON.stringify({ schema: 'asterism/kek/v1', providers }));
  const api = stack.use(
    await startApi({
      ASTERISM_KEK_CONFIG: kekConfig,
      DATABASE_URL: `postgres://${user}@${encodeURIComponent(String(host))}/${name}`,
    }),
  );
  const external = await measureKeyRequests(api, { mode: 'external', provider: 'before' });
  const database = stack.adopt(await connectDatabase({ connection: postgres.connection }), (open) =>
    open.close(),
  );
  const rewrap = await measureRewrap({
    api,
    database,
    before: { name: 'before', section: providers.before },
    after: { name: 'after', section: providers.after },
    count,
  });
  return { external, rewrap };
}
