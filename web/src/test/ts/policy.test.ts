import strings from '../../main/ts/i18n/asides.json';
import { egressWords } from '../../main/ts/text/egress';
import { add } from '../../main/ts/text/i18n';
import { entriesOf, entryNamed } from '../../main/ts/text/policy';
import { draftOf, policyOf, wrongEntry } from '../../main/ts/views/Policy';
import { equal, test, that } from './harness';

add(strings);

test('a list is read entry by entry, however it is spaced', () => {
  equal(entriesOf(' example.org\n\n*.a.net, 192.0.2.0/24\r\n\t b.org'), [
    { text: 'example.org', at: 1, line: 1 },
    { text: '*.a.net', at: 14, line: 3 },
    { text: '192.0.2.0/24', at: 23, line: 3 },
    { text: 'b.org', at: 39, line: 4 },
  ]);
  equal(entriesOf(' \n,\n'), []);
});

test('the entry that a refusal names is found', () => {
  const list = ['example.org', '*.Foo_.NET.', '10.0.0.1/8', 'org', '192.0.2.300'];
  equal(entryNamed('"*.foo_.net" is no name', list), 1);
  equal(entryNamed('"foo_.net" is neither a host\'s name (like example.org or *.example.org) nor a network', list), 1);
  equal(entryNamed('network 10.0.0.1/8 has bits beyond its length; its first address is 10.0.0.0', list), 2);
  equal(entryNamed('"192.0.2.300" has a number above 255', list), 4);
  equal(entryNamed('“org” has one label only.', list), 3);
  equal(entryNamed('Too many entries: 300, allowed are 256.', list), -1);
  equal(entryNamed('The machine is being stopped.', ['machine.example']), -1);
});

test('an example in a refusal is not the entry it is about', () => {
  equal(entryNamed('"x" is neither a host\'s name (like example.org) nor a network', ['example.org', 'x']), 1);
});

test('where an entry stands in what was written', () => {
  const draft = { policy: 'allowlist' as const, written: 'good.org\nbad!, other.org' };
  equal(wrongEntry(draft, { detail: '"bad!" is no name.', next: 'Change it.' }), {
    from: 9, to: 13, line: 2, text: '"bad!" is no name. Change it.',
  });
  equal(wrongEntry({ ...draft, policy: 'none' }, { detail: '"bad!" is no name.', next: '' }), null);
  equal(wrongEntry(draft, { detail: 'Not now.', next: '' }), null);
});

test('a list belongs to an allow-list only', () => {
  equal(policyOf({ policy: 'allowlist', written: 'a.org\nb.org\n' }), { policy: 'allowlist', allow: ['a.org', 'b.org'] });
  equal(policyOf({ policy: 'internet', written: 'a.org' }), { policy: 'internet', allow: [] });
  equal(draftOf({ policy: 'allowlist', allow: ['a.org', 'b.org'] }), { policy: 'allowlist', written: 'a.org\nb.org' });
});

test('a policy in words', () => {
  that(egressWords({ policy: 'allowlist', allow: ['a.org', '*.b.org'] }).includes('a.org, *.b.org'), 'the list is missing');
  equal(egressWords({ policy: 'allowlist', allow: [] }), egressWords({ policy: 'none', allow: [] }));
  const long = egressWords({ policy: 'allowlist', allow: Array.from({ length: 100 }, (_, i) => `name${i}.example.org`) });
  that(long.length < 300, long);
});
