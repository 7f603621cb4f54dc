// Tests a connection beside the form, so that what was typed stays, the passwords with it. Without this script the same
// button sends the form.

import { setState, write } from './frame.js';
import { refused } from './refusals.js';
import { t } from './words.js';

const form = document.getElementById('router-form');
const button = document.getElementById('test');
const report = document.getElementById('report');
const steps = document.getElementById('steps');
const template = document.getElementById('step');
const accept = document.getElementById('accept');
const fingerprint = document.getElementById('found');

const TEXTS = ['name', 'label', 'host', 'username', 'code_page', 'write_username'];
const NUMBERS = ['port', 'poll_seconds', 'deadline_seconds'];
const TICKS = ['forbid_clear_sign_in', 'record', 'write_mode'];
const PASSWORDS = ['password', 'write_password'];

/** A number; for what is none, one that is never right, so that the server says what would be. */
function number(text) {
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
}

/** What stands in the form, as the API takes it. */
function body() {
  const fields = new FormData(form);
  const text = (name) => String(fields.get(name) ?? '').trim();
  const value = { host: text('host'), username: text('username'), tls: text('tls') };
  for (const name of TEXTS) if (text(name)) value[name] = text(name);
  for (const name of NUMBERS) if (text(name)) value[name] = number(text(name));
  for (const name of TICKS) if (fields.has(name)) value[name] = true;
  if (value.tls === 'pin' && text('fingerprint')) value.fingerprint = text('fingerprint');
  if (value.tls === 'verify' && text('ca_file')) value.ca_file = text('ca_file');
  if (value.tls === 'verify' && fields.has('check_host_name')) value.check_host_name = true;
  for (const name of PASSWORDS) if (fields.get(name)) value[name] = String(fields.get(name));
  return value;
}

/** A piece of text that stands by itself, in the reader's language or as it was said in English. */
function piece(text, isEnglish = false) {
  const words = document.createElement('bdi');
  words.dir = isEnglish ? 'ltr' : 'auto';
  if (isEnglish) words.lang = 'en';
  words.textContent = text;
  return words;
}

/** Shows one step: what was found, each with what somebody else says of it. */
function step(state, name, pieces, advice, took) {
  const item = template.content.cloneNode(true).firstElementChild;
  setState(item.querySelector('.st'), state);
  write(item.querySelector('strong'), name);
  const shown = item.querySelector('.step-text');
  for (const [text, said] of pieces) {
    if (shown.hasChildNodes()) shown.append(' · ');
    shown.append(piece(text));
    if (said) shown.append(' ', piece(`(${said})`, true));
  }
  if (took !== undefined) write(item.querySelector('.step-took'), `${took} ms`);
  const more = item.querySelector('.step-advice');
  write(more, advice ?? '');
  more.hidden = !advice;
  steps.append(item);
}

/** What is wrong with a field, in the reader's language. */
function told({ field, word, values, detail }) {
  if (!word) return detail;
  const fill = { ...values };
  if (fill.kind) fill.kind = t(`wrong.kind.${fill.kind}`);
  if (NUMBERS.includes(field)) fill.value = form.elements[field].value.trim();
  return t(`wrong.${word}`, fill);
}

/** What a step has found, in the reader's language; addresses are in none. */
function found({ text, details }) {
  if (details.length === 0) return [[text]];
  return details.map(({ word, values, n, message }) => {
    const key = word.startsWith('protection.') ? word : `found.${word}`;
    return [t(key, { ...values, n: n ?? undefined }), message];
  });
}

/** What to do about a step, and the usual cause: the page has both for each reason. */
function hint({ hint: word, reason }) {
  const tip = word && document.getElementById(`tip-${word}`);
  if (!tip) return word && t(`hint.${word}`);
  const advice = tip.nextElementSibling.textContent;
  return reason ? `${tip.textContent} ${advice}` : advice;
}

function show(answer) {
  steps.replaceChildren();
  report.hidden = false;
  write(document.getElementById('report-endpoint'), answer.endpoint ?? '');
  write(document.getElementById('report-sum'), t(answer.success ? 'test.good' : 'test.bad'));
  for (const one of answer.steps ?? []) {
    step(one.state === 'FAIL' ? 'fail' : one.state, t(`step.${one.step}`), found(one), hint(one), one.took_ms);
  }
  if (answer.counts && Object.keys(answer.counts).length > 0) {
    document.getElementById('counted').value = COUNTED.map((what) => answer.counts[what] ?? 0).join(' ');
    estimate();
  }
  if (!answer.steps && (!answer.errors || answer.refusal)) step('fail', '', [answer.failed ? [answer.failed] : refused(answer)]);
  for (const wrong of answer.errors ?? []) step('fail', wrong.field, [[told(wrong), wrong.values?.message]]);
  const last = (answer.steps ?? []).at(-1);
  const isNew = ['certificate_unknown', 'certificate_changed'].includes(last?.reason);
  accept.hidden = !isNew;
  write(fingerprint, isNew ? answer.router.fingerprint : '');
}

// What polls will cost is worked out by the server, from what stands in the form: the page is asked for anew with it, and
// only that text is taken over. The passwords stay here.
const COUNTED = ['sessions', 'accounts', 'interfaces', 'hotspot_sessions', 'leases', 'queues'];
let asked = 0;
let soon = null;

function estimate() {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (!PASSWORDS.includes(name)) fields.append(name, value);
  fields.append('do', 'estimate');
  asked += 1;
  const number = asked;
  const request = new XMLHttpRequest();
  request.open('POST', form.getAttribute('action'));
  request.responseType = 'document';
  request.addEventListener('load', () => {
    const told = request.response?.getElementById('estimate');
    // Of several answers the last one counts.
    if (told && number === asked) write(document.getElementById('estimate'), told.textContent);
  });
  request.send(fields);
}

form.addEventListener('input', ({ target }) => {
  if (target.name !== 'poll_seconds' && target.dataset.table === undefined) return;
  clearTimeout(soon);
  soon = setTimeout(estimate, 400);
});

async function test() {
  button.disabled = true;
  report.hidden = false;
  report.setAttribute('aria-busy', 'true');
  write(document.getElementById('report-sum'), t('test.running'));
  try {
    const answer = await fetch('/api/v1/routers/test', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': form.elements.csrf.value },
      body: JSON.stringify(body()),
    });
    show(await answer.json());
  } catch {
    show({ success: false, failed: t('test.failed') });
  } finally {
    button.disabled = false;
    report.removeAttribute('aria-busy');
    report.focus();
  }
}

button.addEventListener('click', (event) => {
  event.preventDefault();
  test();
});

const take = document.getElementById('take');
take.hidden = false;
take.addEventListener('click', () => {
  form.elements.fingerprint.value = fingerprint.textContent;
  form.elements.tls.value = 'pin';
  test();
});

/** Lets a button copy a script. */
function copies(button, script, told) {
  if (!button || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(script).textContent);
    write(document.getElementById(told), t('test.copied'));
  });
}

copies(document.getElementById('copy'), 'script', 'copied');
copies(document.getElementById('write-copy'), 'write-script', 'write-copied');

const writer = document.getElementById('write-take');
if (writer) {
  writer.hidden = false;
  writer.addEventListener('click', () => {
    form.elements.write_username.value = 'tikwatch-write';
    form.elements.write_password.value = writer.dataset.password;
    form.elements.write_mode.checked = true;
    form.elements.write_mode.focus();
  });
}
