/** Works on all items, `most` of them at a time. The first failure ends it once what is under way has ended. */
export async function atOnce<Item>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = [...items].reverse();
  const failures: unknown[] = [];
  const run = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) {
      try {
        await work(item);
      } catch (cause) {
        failures.push(cause);
        left.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: most }, run));
  if (failures.length > 0) throw failures[0];
}
