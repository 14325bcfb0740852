/** Program of `bench verify`: `tee-ratio.ts <snp|tdx> <count> <in flight>` prints the ratio as JSON. */
import { compare } from './signature-ratio.ts';
import { TEE_CASES, type TeeName } from './tee-cases.ts';

const [name = '', count = '', inFlight = ''] = process.argv.slice(2);
const comparison = await TEE_CASES[name as TeeName]();
const amount = { count: Number(count), warmUp: Math.ceil(Number(count) / 5), inFlight: Number(inFlight) };
console.log(JSON.stringify(await compare(comparison, amount)));
