import { BytesError, fromHex, type Bytes } from '@asterism/bytes';
import { TdxFormatError } from '../errors.ts';

/** Reads one JSON object of Intel's with every type checked; `where` is for the message. */
export class JsonObject {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #where: string;

  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(where, 'an object');
    this.#value = value as Record<string, unknown>;
    this.#where = where;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#value, name);
  }

  text(name: string): string {
    const value = this.#own(name);
    if (typeof value !== 'string') throw wrong(`${this.#where}.${name}`, 'a text');
    return value;
  }

  /** An integer from 0 to `most`. */
  integer(name: string, most: number): number {
    const value = this.#own(name);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) {
      throw wrong(`${this.#where}.${name}`, `an integer up to ${most}`);
    }
    return value;
  }

  hex(name: string, length: number): Bytes {
    const bytes = hexBytes(this.text(name), `${this.#where}.${name}`);
    if (bytes.length !== length) throw wrong(`${this.#where}.${name}`, `${length} bytes`);
    return bytes;
  }

  date(name: string): Date {
    const text = this.text(name);
    const date = new Date(text);
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) || Number.isNaN(date.getTime())) {
      throw wrong(`${this.#where}.${name}`, 'a date of RFC 3339 in UTC');
    }
    return date;
  }

  object(name: string): JsonObject {
    return new JsonObject(this.#own(name), `${this.#where}.${name}`);
  }

  objects(name: string, most: number): readonly JsonObject[] {
    return this.#list(name, most).map((item, i) => new JsonObject(item, `${this.#where}.${name}[${i}]`));
  }

  texts(name: string, most: number): readonly string[] {
    return this.#list(name, most).map((item) => {
      if (typeof item !== 'string') throw wrong(`${this.#where}.${name}`, 'a list of texts');
      return item;
    });
  }

  #list(name: string, most: number): readonly unknown[] {
    const value = this.#own(name);
    if (!Array.isArray(value) || value.length > most) throw wrong(`${this.#where}.${name}`, 'a list');
    return value;
  }

  #own(name: string): unknown {
    return this.has(name) ? this.#value[name] : undefined;
  }
}

/** @throws TdxFormatError `collateral-malformed` */
export function parseJson(text: string, where: string): JsonObject {
  try {
    return new JsonObject(JSON.parse(text), where);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new TdxFormatError('collateral-malformed', `${where} is not JSON`, { cause });
  }
}

export function hexBytes(text: string, where: string): Bytes {
  try {
    return fromHex(text);
  } catch (cause) {
    if (!(cause instanceof BytesError)) throw cause;
    throw new TdxFormatError('collateral-malformed', `${where} is not hexadecimal`, { cause });
  }
}

function wrong(where: string, want: string): TdxFormatError {
  return new TdxFormatError('collateral-malformed', `${where} is not ${want}`, { want });
}
