import { expect, it } from 'vitest';
import { RefusalBudget } from './refusal-budget.ts';

const at = (seconds: number) => new Date(seconds * 1_000);

it('records a hundred refused machines of a pool in ten minutes, of each pool for itself', () => {
  const budget = new RefusalBudget();
  const spent = Array.from({ length: 150 }, (_, i) => budget.spend('a', at(i)));
  expect(spent.filter(Boolean)).toHaveLength(100);
  expect(budget.spend('b', at(150))).toBe(true);
  expect(budget.spend('a', at(599))).toBe(false);
  budget.giveBack('a');
  expect([budget.spend('a', at(599)), budget.spend('a', at(599))]).toEqual([true, false]);
  expect(budget.spend('a', at(600))).toBe(true);
});

it('takes what costs several at once as a whole, or not at all', () => {
  const budget = new RefusalBudget(10);
  expect([6, 5, 4, 1].map((amount) => budget.spend('a', at(0), amount))).toEqual([true, false, true, false]);
});
