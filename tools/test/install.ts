/** `node tools/test/install.ts NAME`: installs what tests run against under `node_modules/.cache/NAME`, if its pins changed. */
import { installPython } from './python-environment.ts';
import { buildVaultPeer } from './vault-peer.ts';

const INSTALLERS: Readonly<Record<string, () => Promise<unknown>>> = {
  'cloud-peers': () => installPython('cloud-peers'),
  'kmip-peer': () => installPython('kmip-peer'),
  'vault-peer': buildVaultPeer,
};

for (const name of process.argv.slice(2)) {
  const install = INSTALLERS[name];
  if (install === undefined) throw new Error(`no such thing to install: ${name}`);
  await install();
}
