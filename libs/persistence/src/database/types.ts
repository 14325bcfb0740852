import pg from 'pg';

const INT8 = 20;

/** 64-bit integers are sequence numbers here and stay below 2^53. */
export function readType(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === INT8) return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}
