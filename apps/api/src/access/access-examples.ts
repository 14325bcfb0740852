import { DEFAULT_ACCESS_POLICY, type AccessDocument, type AccessUser } from '@asterism/contracts';

export const USER_EXAMPLE: AccessUser = {
  name: 'alice',
  comment: 'on call',
  publicKeys: [
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIInxWvMFgZWF3BDszG02MRpOijyhNdUefQzOtdErQdgY alice@laptop',
  ],
  principals: ['alice', 'deploy'],
  sudo: { kind: 'commands', commands: ['/usr/bin/systemctl restart containerd'] },
  pools: 'all',
  expiresAt: null,
};

export const DOCUMENT_EXAMPLE: AccessDocument = {
  schema: 'asterism/access/v1',
  policy: DEFAULT_ACCESS_POLICY,
  users: [USER_EXAMPLE],
};
