import { canonicalJsonBytes, sha256, toHex, type Json } from '@asterism/bytes';
import type { AuditRecord } from '@asterism/contracts';
import { describe, expect, it } from 'vitest';
import { CHAIN_START, extendChain } from './chain.ts';

async function makeChain(length: number): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  let previous = CHAIN_START.hash;
  for (let sequence = 1; sequence <= length; sequence++) {
    const content = {
      sequence,
      at: '2026-11-24T10:00:00.000Z',
      clusterId: null,
      actor: 'system',
      action: 'node.state',
      target: `node:${sequence}`,
      details: { from: 'locked', to: 'disk-open' },
      previous,
    };
    const hash = toHex(await sha256(canonicalJsonBytes(content as Json)));
    records.push({ ...content, hash });
    previous = hash;
  }
  return records;
}

describe('S30 audit chain recomputed by the caller', () => {
  it('accepts an untouched chain, also page by page', async () => {
    const records = await makeChain(5);
    const first = await extendChain(CHAIN_START, records.slice(0, 2));
    const second = await extendChain(first.state, records.slice(2));
    expect(second).toEqual({ state: { sequence: 5, hash: records[4]?.hash }, broken: null });
  });

  it('names the record that was changed', async () => {
    const records = await makeChain(4);
    const changed = records.map((record) =>
      record.sequence === 3 ? { ...record, actor: 'token:other' } : record,
    );
    expect((await extendChain(CHAIN_START, changed)).broken).toMatchObject({
      sequence: 3,
      reason: expect.stringContaining('changed'),
    });
  });

  it('names the place of a record that was deleted', async () => {
    const records = (await makeChain(4)).filter(({ sequence }) => sequence !== 2);
    expect((await extendChain(CHAIN_START, records)).broken).toEqual({
      sequence: 3,
      reason: 'record 2 is missing: the next one shown is 3',
    });
  });

  it('sees a record that was changed together with its own hash', async () => {
    const records = await makeChain(3);
    const [first, second, third] = records as [AuditRecord, AuditRecord, AuditRecord];
    const content: Partial<AuditRecord> = { ...second, actor: 'token:other' };
    delete content.hash;
    const hash = toHex(await sha256(canonicalJsonBytes(content as unknown as Json)));
    const forged = { ...second, actor: 'token:other', hash };
    expect((await extendChain(CHAIN_START, [first, forged, third])).broken).toMatchObject({
      sequence: 3,
      reason: expect.stringContaining('does not follow'),
    });
  });

  it('sees a chain whose first records were cut off', async () => {
    const records = (await makeChain(3)).slice(1);
    expect((await extendChain(CHAIN_START, records)).broken).toMatchObject({ sequence: 2 });
  });
});
