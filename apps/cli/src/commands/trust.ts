import { Option, type Command } from 'commander';
import type { Bind } from '../context.ts';
import { APPRAISE_HELP, FORMAT_NAMES } from './appraise-help.ts';
import { collect, toDate, toHexOf, toHexUpTo, toPart } from './arguments.ts';

/** Commands that decide for themselves instead of asking the server: `verify` and `appraise`. */
export function addTrustCommands(program: Command, bind: Bind): void {
  bind(
    program
      .command('verify')
      .description('fetch raw evidence of nodes over an own nonce and verify it here')
      .argument('[node...]', 'names or ids; all nodes of the cluster where none is named')
      .option('--cluster <name>', 'cluster by name or id')
      .option(
        '--policy <file>',
        "policy to appraise by; without it the server's active one is used, and said so",
      )
      .addOption(
        new Option('--cluster-id <hex>', "the cluster's measured identity, where you know it").argParser(
          toHexOf(32),
        ),
      ),
    async () => (await import('../verify/verify.ts')).verify,
  );
  bind(
    program
      .command('appraise')
      .description('judge evidence from files, without a server')
      .addOption(new Option('--format <format>', FORMAT_NAMES.join(', ')).makeOptionMandatory())
      .addOption(new Option('--evidence <file>', 'the evidence, as raw bytes').makeOptionMandatory())
      .addOption(new Option('--part <NAME=FILE>', 'what belongs to it; may be repeated').argParser(toPart))
      .addOption(
        new Option(
          '--collateral <path>',
          'files, or folders of files, of PEM, DER or JSON under any name; may be repeated',
        ).argParser(collect),
      )
      .addOption(new Option('--nonce <hex>', 'what the evidence must carry').argParser(toHexUpTo(1024)))
      .addOption(
        new Option(
          '--report-data <hex>',
          "64 bytes of the hardware's report; fewer are followed by zeros",
        ).argParser(toHexUpTo(64)),
      )
      .option('--policy <file>', 'policy to appraise by; without it only genuineness is judged')
      .addOption(
        new Option('--cluster-id <hex>', 'measured identity that the lock must name').argParser(toHexOf(32)),
      )
      .addOption(new Option('--at <time>', 'judge as of this time (ISO 8601)').argParser(toDate))
      .addOption(
        new Option(
          '--trust-anchor <file>',
          "trust this root beside the vendors', for laboratories",
        ).argParser(collect),
      )
      .option(
        '--online',
        'ask AMD and Intel for what is missing (ASTERISM_AMD_KDS, ASTERISM_INTEL_PCS, HTTPS_PROXY); else no network',
      )
      .option(
        '--report',
        'the chain of trust link by link, each claim with got and wanted, the verdict and why',
      )
      .addHelpText('after', APPRAISE_HELP),
    async () => (await import('../appraise/appraise.ts')).appraise,
  );
}
