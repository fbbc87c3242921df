import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HomeLocator } from '../../../src/connection/home-locator.ts';
import { isMisdirected, successorIn } from '../../../src/connection/misdirection.ts';
import type { Stays } from '../../../src/connection/locator.ts';
import { ConnectionError } from '../../../src/errors.ts';

const home = { host: 'cache.example.com', port: 6379 };
const other = { host: '10.0.0.2', port: 6380 };
const lost = new ConnectionError('lost');

describe('HomeLocator', () => {
  it('is at home until it is sent elsewhere, and again when that is lost', () => {
    const locator = new HomeLocator(home);
    assert.equal(locator.name, 'cache.example.com:6379');
    assert.equal(locator.locate().address, home);
    locator.redirect(other);
    assert.deepEqual(locator.locate().address, other);
    locator.suspect(home, lost);
    assert.deepEqual(locator.locate().address, other, 'home was left');
    locator.suspect(locator.locate().address, lost);
    assert.equal(locator.locate().address, home);
  });

  it('tells who listens, once for each move', () => {
    const locator = new HomeLocator(home);
    const told: Stays[] = [];
    const end = locator.onMove((stays) => told.push(stays));
    locator.redirect(other);
    locator.redirect({ ...other });
    assert.equal(told.length, 1);
    assert.equal(told[0]!({ ...other }), true);
    assert.equal(told[0]!(home), false);
    locator.redirect({ ...home });
    assert.equal(locator.locate().address, home, 'the name, as it was given');
    end();
    locator.redirect(other);
    assert.equal(told.length, 2);
  });
});

describe('a refusal', () => {
  it('names the successor, or nobody', () => {
    assert.deepEqual(successorIn('REDIRECT 10.0.0.2:6380'), other);
    assert.deepEqual(successorIn('REDIRECT [::1]:6380'), { host: '::1', port: 6380 });
    assert.deepEqual(successorIn('REDIRECT ::1:6380'), { host: '::1', port: 6380 });
    for (const message of ['REDIRECT ', 'REDIRECT x', 'REDIRECT x:y', "READONLY You can't write", 'MOVED 1 a:1']) {
      assert.equal(successorIn(message), undefined, message);
    }
  });

  it('tells a server that is not the primary', () => {
    assert.ok(isMisdirected("READONLY You can't write against a read only replica."));
    assert.ok(
      isMisdirected('UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)'),
    );
    assert.ok(!isMisdirected('UNBLOCKED client unblocked via CLIENT UNBLOCK'));
    assert.ok(!isMisdirected('ERR READONLY '));
  });
});
