import './branch.test';
import './fold.test';
import './policy.test';
import './text.test';
import { runAll } from './harness';

(globalThis as unknown as { runUnitTests: typeof runAll }).runUnitTests = runAll;
