// The figures of groups, kept up to date. The order stays: nothing jumps under a finger.

import './export.js';
import { setIcon, write } from './frame.js';
import { Live, paced, signIn } from './live.js';
import { change, grow, values } from './row.js';
import { rate } from './units.js';
import { count, t } from './words.js';

/** Figures are asked for no more often than this, however often the stream says that something changed. */
const AT_LEAST = 4_000;

const SYMBOLS = {
  none_online: 'exclamation-octagon-fill', half_offline: 'exclamation-triangle-fill', unknown: 'question-circle',
  some_offline: 'circle-half', all_online: 'circle-fill', idle: 'dash-lg', empty: 'circle',
};

/** The groups that the page shows, each once or more. */
const shown = [...document.querySelectorAll('[data-group]')];
const resort = document.getElementById('resort');

/** The members of a group that are shown: their rows, and what they say once the stream told it. */
const members = new Map([...document.querySelectorAll('.members tr[data-key]')].map((element) => {
  const { key, state, disabled, seen } = element.dataset;
  return [key, { element, isTold: false, row: { state, disabled: disabled !== undefined, last_seen: seen ?? null } }];
}));

/** Offers to load the page again: its order is another by now, or, which weighs more, what it says. */
function offer(isOther) {
  if (!resort) return;
  if (isOther) write(resort.querySelector('span'), resort.dataset.changed);
  resort.hidden = false;
}

/** Takes over what the stream says of members. They stay where they are; that they belong elsewhere is only told. */
function apply({ rows }) {
  requestAnimationFrame(() => {
    for (const delta of rows) {
      const member = members.get(delta[0]);
      if (!member) continue;
      const { element, row } = member;
      const before = row.state;
      change(row, delta);
      values(element, row);
      member.isTold = true;
      if (before !== row.state) offer(false);
    }
  });
}

/** Shows how a group stands: its shape, its word, its colour. */
function stand(element, state) {
  const standing = element.querySelector('.standing') ?? document.querySelector('main .standing');
  if (!standing || standing.classList.contains(`st-${state}`)) return;
  standing.className = `st standing st-${state}`;
  setIcon(standing.querySelector('svg'), SYMBOLS[state]);
  write(standing.querySelector('.st-word'), t(`group.${state}`));
  if (!element.classList.contains('group-card')) return;
  element.className = `group-card standing-${state}`;
  offer(false);
}

/** For how many more there is room, as the page says it. */
function vacant({ vacant: n }) {
  if (n === null) return '';
  return `· ${n < 0 ? t('group.over', { n: -n }) : t('group.vacant', { n })}`;
}

function show(element, group) {
  const cell = (name, text) => {
    const place = element.querySelector(`[data-cell="${name}"]`);
    write(place, text);
    const rare = place?.closest('[data-rare]');
    if (rare) rare.hidden = text === '0';
  };
  for (const name of ['online', 'offline', 'disabled', 'unknown', 'missing']) cell(name, String(group.counts[name]));
  const { counts, maximum } = group;
  cell('members', maximum === null ? String(counts.members) : `${counts.members}/${maximum}`);
  cell('vacant', vacant(group));
  // Names and rows are those of when the page was loaded: somebody changed the group, or others are in it by now.
  const { version, named } = element.dataset;
  const isNamed = named === undefined || named === `${counts.members} ${counts.unknown} ${counts.missing}`;
  if (version !== String(group.version) || !isNamed) {
    offer(true);
    const nobody = document.getElementById('nobody');
    if (nobody) nobody.hidden = true;
  }
  cell('down', rate(group.download_bps));
  cell('up', rate(group.upload_bps));
  stand(element, group.state);
  element.classList.remove('stale');
}

/** Somebody removed it, or it does not match any more: what is shown is not true. */
function gone(element) {
  element.classList.add('stale');
  offer(true);
}

/** Sums up members and room of the cards that a heading stands over. */
function sum(element, groups) {
  const heading = element.parentElement;
  const over = heading.matches('h2') ? heading.parentElement : heading.nextElementSibling;
  const cards = [...over.querySelectorAll('[data-group]')].map((card) => groups.get(card.dataset.group));
  const found = cards.filter((group) => group !== undefined);
  const text = element.dataset.sum.replace('#', count(found.reduce((all, { counts }) => all + counts.members, 0)));
  const isLimited = found.length > 0 && found.every((group) => group.vacant !== null);
  const n = found.reduce((all, group) => all + Math.max(group.vacant, 0), 0);
  write(element, isLimited ? `${text}, ${t('group.vacant', { n })}` : text);
}

/** All groups that are asked for, by id: without those that are gone. */
async function ask() {
  const isOne = document.querySelector('.group-card') === null;
  const path = isOne ? `/api/v1/groups/${shown[0].dataset.group}` : `/api/v1/groups${location.search}`;
  const answer = await fetch(path, { headers: { accept: 'application/json' } });
  if (answer.status === 401) signIn();
  if (isOne && answer.status === 404) return new Map();
  if (!answer.ok) return null;
  const { group, groups = [group] } = await answer.json();
  return new Map(groups.map((each) => [each.id, each]));
}

async function refresh() {
  try {
    const groups = await ask();
    if (groups === null) return false;
    for (const element of shown) {
      const group = groups.get(element.dataset.group);
      if (group === undefined) gone(element);
      else show(element, group);
    }
    for (const element of document.querySelectorAll('[data-sum]')) sum(element, groups);
    const known = new Set(shown.map((element) => element.dataset.group));
    if ([...groups.keys()].some((id) => !known.has(id))) offer(true);
    return true;
  } catch {
    return false;
  }
}

if (shown.length > 0) {
  const live = new Live({
    topics: members.size > 0 ? 'totals,subscribers' : 'totals',
    events: {
      delta: apply,
      totals: paced(AT_LEAST, refresh),
    },
    // After a restart members have other keys.
    reload: (isAnother) => (isAnother && members.size > 0 ? location.reload() : refresh()),
    // What members do is told by the stream alone: one that is opened begins with all of it.
    poll: members.size > 0 ? undefined : refresh,
  });
  live.follow([...members.keys()]);
  setInterval(() => {
    for (const { element, row, isTold } of members.values()) if (isTold) grow(element, row);
  }, 1000);
}
resort?.addEventListener('click', () => location.reload());
