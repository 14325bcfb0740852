/**
 * `node tools/test/install.ts [NAME…]`: installs what tests run against under `node_modules/.cache/NAME`, everything where no
 * name is given; nothing where its pins have not changed.
 */
import { installAzurite } from './azurite.ts';
import { installPython } from './python-environment.ts';
import { buildVaultPeer } from './vault-peer.ts';

const INSTALLERS: Readonly<Record<string, () => Promise<unknown>>> = {
  azurite: installAzurite,
  'cloud-peers': () => installPython('cloud-peers'),
  'kmip-peer': () => installPython('kmip-peer'),
  'vault-peer': buildVaultPeer,
};

const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : Object.keys(INSTALLERS)) {
  const install = INSTALLERS[name];
  if (install === undefined) throw new Error(`no such thing to install: ${name}`);
  await install();
}
