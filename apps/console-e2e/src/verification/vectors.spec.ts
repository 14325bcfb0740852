import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, type Browser } from '../browser.ts';
import type { Files, PageVerifiers } from './in-page.ts';

interface Vector {
  readonly verifyAt: string;
  readonly expected: { readonly fields: Readonly<Record<string, never>> };
}

const vectorOf = (name: string) =>
  JSON.parse(readFileSync(join(VECTORS, name, 'vector.json'), 'utf8')) as Vector;

function filesOf(name: string): Record<string, string> {
  const folder = join(VECTORS, name);
  return Object.fromEntries(
    readdirSync(folder).map((file) => [file, readFileSync(join(folder, file)).toString('base64')]),
  );
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'in-page.ts')],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/** The page and its script, and nothing else; a loopback origin is a secure context, so WebCrypto is there. */
async function serve(script: string): Promise<Server> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/verify.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.setHeader('content-security-policy', "default-src 'none'; script-src 'self'");
    response.end(
      isScript ? script : '<!doctype html><title>verify</title><script src="/verify.js"></script>',
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

/** Runs in the page; a refusal comes back as its code. */
function verify(page: Page, kind: keyof PageVerifiers, files: Files, at: string): Promise<string> {
  return page.evaluate(
    async ([name, given, time]) => {
      try {
        return await globalThis.verifiers[name](given, time);
      } catch (error) {
        return `refused: ${(error as { readonly code?: string }).code ?? String(error)}`;
      }
    },
    [kind, files, at] as const,
  );
}

describe.skipIf(!VECTORS_PRESENT)('evidence of real machines in Chromium', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    server = await serve(await bundle());
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await startBrowser({ origin });
    page = await browser.context.newPage();
    await page.goto(origin);
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  it.each([
    ['snp', 'snp/genoa-v5-oak', 'measurement'],
    ['snp', 'snp/turin-v5-oak', 'measurement'],
    ['tdx', 'tdx/v4-mpc-b0c06f-2026-08-uptodate', 'mrTd'],
    ['tdx', 'tdx/v5-go-tdx-guest-90c06f-uptodate', 'mrTd'],
  ] as const)('%s: %s is genuine, and its fields are read', async (kind, name, field) => {
    const { verifyAt, expected } = vectorOf(name);
    expect(await verify(page, kind, filesOf(name), verifyAt)).toBe(expected.fields[field]);
  });

  it('tpm: a quote is genuine, and its values are the quoted ones', async () => {
    const name = 'tpm/azure-kinvolk-rsassa';
    const files = filesOf(name);
    const { sha256 } = JSON.parse(Buffer.from(files['pcrs.json'] ?? '', 'base64').toString()) as {
      sha256: Record<string, string>;
    };
    expect(await verify(page, 'tpm', files, vectorOf(name).verifyAt)).toBe(sha256['0']);
  });

  it.each([
    ['snp', 'snp/neg-measurement-flipped', 'refused: signature-invalid'],
    ['snp', 'snp/neg-wrong-product-chain', 'refused: chain-refused'],
    ['tdx', 'tdx/neg-collateral-tcbinfo-edited', 'refused: tcb-info-signature'],
    ['tdx', 'tdx/neg-v4-trustee-debug-td', 'refused: debug'],
  ] as const)('%s: %s is refused', async (kind, name, refusal) => {
    expect(await verify(page, kind, filesOf(name), vectorOf(name).verifyAt)).toBe(refusal);
  });

  it('tpm: a signature of another quote is refused', async () => {
    const name = 'tpm/azure-kinvolk-rsassa';
    const files = filesOf(name);
    const signature = Buffer.from(files['quote.sig'] ?? '', 'base64');
    signature[0] = (signature[0] ?? 0) ^ 1;
    const forged = { ...files, 'quote.sig': signature.toString('base64') };
    expect(await verify(page, 'tpm', forged, vectorOf(name).verifyAt)).toMatch(/^refused: signature/);
  });

  it('loads its script and nothing from anywhere else', async () => {
    expect(browser.foreignRequests).toEqual([]);
    // Three TEEs in one script; docs/performance.md has each alone.
    expect(gzipSync(await bundle()).length).toBeLessThan(3 * 120_000);
  });
});
