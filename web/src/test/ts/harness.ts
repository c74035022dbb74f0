// The smallest test runner: tests register themselves, the page that loads the bundle runs them and reads the results.

export interface Result {
  name: string;
  error: string | null;
}

const tests: [string, () => void][] = [];

export function test(name: string, body: () => void): void {
  tests.push([name, body]);
}

export function equal(actual: unknown, expected: unknown): void {
  const a = JSON.stringify(actual);
  const e = JSON.stringify(expected);
  if (a !== e) throw new Error(`expected ${e}\nbut was  ${a}`);
}

export function that(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

export function runAll(): Result[] {
  return tests.map(([name, body]) => {
    try {
      body();
      return { name, error: null };
    } catch (e) {
      return { name, error: e instanceof Error ? (e.stack ?? e.message) : String(e) };
    }
  });
}
