import type { Access, IssuedSshCertificate, SshAuthority, SshGrant } from '@asterism/contracts';
import { accessUser, declareAccess, makeSshKey } from './declare-access.ts';
import type { Change } from './key-changes.ts';
import type { TestOperators } from './test-operator-api.ts';

const ACCESS = '/v1/clusters/production/access';

/** Every change that an operator makes to SSH access. */
export function accessChanges(operators: () => TestOperators): Record<string, Change> {
  const key = makeSshKey();
  const user = accessUser(key, { principals: ['alice', 'root'] });
  const access = async () => (await operators().ask<Access>(`GET ${ACCESS}`)).body;
  const made = async <Body>(route: string, body: unknown): Promise<Body> => {
    const answer = await operators().ask<Body>(route, { body });
    if (answer.status >= 300) throw new Error(`${route}: ${answer.text}`);
    return answer.body;
  };
  /** Alice and nobody else, and the authorities there. */
  const declared = async () => {
    await operators().ask(`GET ${ACCESS}/authorities`);
    await declareAccess(operators(), [user]);
  };
  const grant = async (principal = 'alice'): Promise<SshGrant> => {
    await declared();
    return made<SshGrant>(`POST ${ACCESS}/grants`, { publicKey: key.line, principal, reason: 'a test' });
  };
  const certificate = async () => {
    return made<IssuedSshCertificate>(`POST ${ACCESS}/grants/${(await grant()).id}/certificates`, {});
  };
  /** Of somebody who did not ask. */
  const second = async () => (await operators().token([{ role: 'operator', clusterId: null }])).secret;
  const decision = (action: string, verb: string, body: object): Change => ({
    action,
    prepare: async () => {
      const { id } = await grant('root');
      return { route: `POST ${ACCESS}/grants/${id}/${verb}`, body, token: await second() };
    },
  });
  return {
    applyAccess: {
      action: 'access.user-added',
      prepare: async () => {
        const { revision, policy } = await declareAccess(operators(), []);
        return {
          route: `PUT ${ACCESS}`,
          headers: { 'if-match': `"${revision}"` },
          body: { schema: 'asterism/access/v1', policy, users: [user] },
        };
      },
    },
    putAccessUser: {
      action: 'access.user-changed',
      prepare: async () => {
        await declared();
        const headers = { 'if-match': `"${(await access()).revision}"` };
        return { route: `PUT ${ACCESS}/users/alice`, headers, body: { ...user, sudo: { kind: 'all' } } };
      },
    },
    removeAccessUser: {
      action: 'access.user-removed',
      prepare: async () => {
        await declareAccess(operators(), []);
        await declared();
        return { route: `POST ${ACCESS}/users/alice/remove`, body: { reason: 'left' } };
      },
    },
    rotateSshAuthority: {
      action: 'ssh-authority.rotated',
      prepare: async () => {
        await declared();
        return { route: `POST ${ACCESS}/authorities/emergency/rotate` };
      },
    },
    revokeSshAuthority: {
      action: 'ssh-authority.revoked',
      prepare: async () => {
        await declared();
        // One that is not the one that signs: nothing has to take its place.
        const { version, fingerprint } = await made<SshAuthority>(
          `POST ${ACCESS}/authorities/host/rotate`,
          undefined,
        );
        await made(`POST ${ACCESS}/authorities/host/${version}/revoke`, {
          confirm: fingerprint,
          reason: 'first',
        });
        const { items } = (await operators().ask<{ items: SshAuthority[] }>(`GET ${ACCESS}/authorities`))
          .body;
        const retiring = items.find(({ kind, state }) => kind === 'host' && state === 'retiring');
        return {
          route: `POST ${ACCESS}/authorities/host/${retiring?.version ?? 0}/revoke`,
          body: { confirm: retiring?.fingerprint, reason: 'leaked' },
        };
      },
    },
    createSshGrant: {
      action: 'ssh-grant.given',
      prepare: async () => {
        await declared();
        return {
          route: `POST ${ACCESS}/grants`,
          body: { publicKey: key.line, principal: 'alice', reason: 'x' },
        };
      },
    },
    approveSshGrant: decision('ssh-grant.approved', 'approve', { fingerprint: key.fingerprint }),
    denySshGrant: decision('ssh-grant.denied', 'deny', { reason: 'no' }),
    endSshGrant: {
      action: 'ssh-grant.ended',
      prepare: async () => ({
        route: `POST ${ACCESS}/grants/${(await grant()).id}/end`,
        body: { reason: 'over' },
      }),
    },
    createSshCertificate: {
      action: 'ssh-certificate.issued',
      prepare: async () => ({ route: `POST ${ACCESS}/grants/${(await grant()).id}/certificates`, body: {} }),
    },
    revokeSshCertificate: {
      action: 'ssh-certificate.revoked',
      prepare: async () => ({
        route: `POST ${ACCESS}/certificates/${(await certificate()).serial}/revoke`,
        body: { reason: 'x' },
      }),
    },
    revokeSshKey: {
      action: 'ssh-key.revoked',
      prepare: async () => {
        await declared();
        const { fingerprint } = makeSshKey();
        return { route: `POST ${ACCESS}/revoked-keys`, body: { fingerprint, reason: 'lost' } };
      },
    },
  };
}
