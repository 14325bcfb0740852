import { describe, expect, it } from 'vitest';
import { parseIdCursor, parseNumberCursor, toCursor, toPage } from './cursor.ts';
import { uuidv7 } from './id.ts';

const ID = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';

describe('cursors', () => {
  it('come back as the key they were made of', () => {
    expect(parseIdCursor('nodes', toCursor('nodes', ID))).toBe(ID);
    expect(parseNumberCursor('audit', toCursor('audit', 12))).toBe(12);
    expect(parseIdCursor('nodes', undefined)).toBeUndefined();
  });

  it.each(['', 'x', '%%', toCursor('pools', ID), toCursor('nodes', 'x'), toCursor('nodes', `${ID}x`)])(
    'of another list or shape are refused: %s',
    (cursor) =>
      expect(() => parseIdCursor('nodes', cursor)).toThrow(
        expect.objectContaining({ code: 'cursor-invalid' }),
      ),
  );

  it('are null on the last page', () => {
    const page = (rows: string[]) =>
      toPage(
        rows,
        2,
        'nodes',
        (row) => row,
        (row) => row,
      );
    expect(page(['a', 'b'])).toEqual({ items: ['a', 'b'], nextCursor: null });
    expect(page(['a', 'b', 'c'])).toEqual({ items: ['a', 'b'], nextCursor: toCursor('nodes', 'b') });
  });
});

describe('ids', () => {
  it('are UUIDs of version 7 that sort by time', () => {
    const random = (length: number) => new Uint8Array(length).fill(0xff);
    const earlier = uuidv7(new Date(1_700_000_000_000), random);
    expect(earlier).toBe('018bcfe5-6800-7fff-bfff-ffffffffffff');
    expect(uuidv7(new Date(1_700_000_000_001), random) > earlier).toBe(true);
  });
});
