import { createClient } from '@asterism/api-client';
import { CONSOLE_HEADER } from '../server/cross-site.ts';
import { toProblemAnswer } from './problem.ts';

/** The SDK, through the console's own server: the session's secret is in a cookie that this code cannot read. */
export const client = createClient({ baseUrl: '/api', headers: { [CONSOLE_HEADER]: '1' } });

interface Answer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response?: Response;
}

/** @throws ProblemAnswer */
export async function dataOf<Data>(answer: Promise<Answer<Data>>): Promise<NonNullable<Data>> {
  return (await answerOf(answer)).data;
}

/** The data with the `ETag` that an update of it takes as `If-Match`. @throws ProblemAnswer */
export async function taggedDataOf<Data>(
  answer: Promise<Answer<Data>>,
): Promise<{ readonly data: NonNullable<Data>; readonly etag: string }> {
  const { data, response } = await answerOf(answer);
  return { data, etag: response.headers.get('etag') ?? '' };
}

async function answerOf<Data>(answer: Promise<Answer<Data>>) {
  const { data, error, response } = await answer;
  if (response?.ok !== true) throw toProblemAnswer(error, response);
  return { data: data as NonNullable<Data>, response };
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}
type PageQuery = { readonly cursor?: string; readonly limit: number };
const PAGE = 200;

/** Every item of a list, page by page. */
export async function allOf<Item>(read: (query: PageQuery) => Promise<Page<Item>>): Promise<readonly Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await read({ limit: PAGE, ...(cursor === null ? {} : { cursor }) });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}
