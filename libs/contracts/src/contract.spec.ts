import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from './error-codes.ts';
import { evidenceSchema } from './evidence.ts';
import { NODE_STATES, NODE_TRANSITIONS } from './nodes.ts';
import { PERMISSIONS, ROLE_PERMISSIONS, ROLES } from './permissions.ts';
import { idOrNameSchema, nameSchema, nonceSchema } from './primitives.ts';

describe('names and nonces', () => {
  it('take DNS labels only', () => {
    for (const good of ['a', 'local', 'control-plane', 'a'.repeat(63)]) {
      expect(nameSchema.safeParse(good).success, good).toBe(true);
    }
    for (const bad of ['', 'A', '1a', '-a', 'a-', 'a_b', 'a.b', 'a/b', 'a'.repeat(64), 'é', 'a\n']) {
      expect(nameSchema.safeParse(bad).success, bad).toBe(false);
    }
  });

  it('never read a name as an id or the reverse', () => {
    const id = 'a197a3c2-5d2e-4c3a-9f61-0d2f6f3b8a11';
    expect(nameSchema.safeParse(id).success).toBe(false);
    expect(idOrNameSchema.safeParse(id).success).toBe(true);
  });

  it('S02 take a nonce of exactly 32 bytes in its one spelling', () => {
    expect(nonceSchema.safeParse('A'.repeat(43)).success).toBe(true);
    for (const bad of [
      'A'.repeat(42),
      'A'.repeat(44),
      `${'A'.repeat(42)}B`,
      `${'A'.repeat(42)}=`,
      `${'A'.repeat(42)}+`,
    ]) {
      expect(nonceSchema.safeParse(bad).success, bad).toBe(false);
    }
  });
});

describe('evidence envelope', () => {
  const tpm = {
    variant: 'tpm',
    format: 'asterism/evidence/v1',
    parts: { quote: 'AA', signature: 'AA', akPublic: 'AA', pcrs: { '4': 'AA' } },
  };

  it('takes the parts of its own variant only', () => {
    expect(evidenceSchema.safeParse(tpm).success).toBe(true);
    expect(evidenceSchema.safeParse({ ...tpm, variant: 'sev-snp' }).success).toBe(false);
  });

  it('S05 refuses a part it does not know and a PCR index outside 0 to 23', () => {
    expect(evidenceSchema.safeParse({ ...tpm, parts: { ...tpm.parts, quote2: 'AA' } }).success).toBe(false);
    for (const index of ['24', '007', '-1', 'sha1:4']) {
      expect(
        evidenceSchema.safeParse({ ...tpm, parts: { ...tpm.parts, pcrs: { [index]: 'AA' } } }).success,
        index,
      ).toBe(false);
    }
  });

  it('S09 refuses null, missing and wrong-typed parts', () => {
    for (const wrong of [null, undefined, 1, [], {}]) {
      expect(evidenceSchema.safeParse({ ...tpm, parts: { ...tpm.parts, quote: wrong } }).success).toBe(false);
      expect(evidenceSchema.safeParse({ ...tpm, parts: wrong }).success).toBe(false);
      expect(evidenceSchema.safeParse(wrong).success).toBe(false);
    }
  });
});

describe('tables', () => {
  it('map every error code to a status a client can act on', () => {
    for (const [code, status] of Object.entries(ERROR_CODES)) {
      expect(status, code).toBeGreaterThanOrEqual(400);
      expect(status, code).toBeLessThan(600);
    }
  });

  it('give roles what the role below has, and admin everything', () => {
    expect(ROLE_PERMISSIONS.admin.size).toBe(PERMISSIONS.length);
    for (const role of ROLES.filter((name) => name !== 'accessor')) {
      for (const permission of ROLE_PERMISSIONS.viewer)
        expect(ROLE_PERMISSIONS[role].has(permission), `${role} ${permission}`).toBe(true);
    }
  });

  it('S28 keep a viewer from changing anything', () => {
    const changing = [...ROLE_PERMISSIONS.viewer].filter((permission) =>
      /\.(write|create|update|delete|activate|decide|attest|quarantine|revoke)$/.test(permission),
    );
    expect(changing).toEqual(['session.create']);
  });

  it('S35 leave no way out of revoked and no arrow to a state that does not exist', () => {
    expect(NODE_TRANSITIONS.revoked).toEqual([]);
    for (const targets of Object.values(NODE_TRANSITIONS)) {
      for (const target of targets) expect(NODE_STATES).toContain(target);
    }
    expect(NODE_TRANSITIONS.quarantined).not.toContain('lost');
  });
});
