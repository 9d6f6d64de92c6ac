import { expect, it } from 'vitest';
import { parseUrl, schemeOf } from './index.js';

it.each([
  ['core:a.h5?mode=a&backingStore=false', { name: 'a.h5', mode: 'a', options: { backingStore: false } }],
  ['family:part%05d.h5?member=2GiB', { name: 'part%05d.h5', options: { member: '2GiB' } }],
  ['core:', {}],
  ['core:?increment=4096&text=a=b', { options: { increment: 4096, text: 'a=b' } }],
  ['/tmp/what?.h5', { name: '/tmp/what?.h5' }],
  ['C:\\data\\a.h5', { name: 'C:\\data\\a.h5' }],
])('%s', (url, parts) => {
  expect(parseUrl(url)).toEqual(parts);
});

it('tells schemes from drive letters', () => {
  expect(['https://x', 'S3://b/k', 'a.h5', 'C:\\a', 'd:/a', './a:b'].map(schemeOf)).toEqual([
    'https',
    's3',
    'file',
    'file',
    'file',
    'file',
  ]);
});
