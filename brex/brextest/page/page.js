// The page of the Brex sandbox. Whatever comes from the sandbox, which may hold
// what anybody wrote, gets into the page as text, never as markup.
'use strict';

const $ = (id) => document.getElementById(id);
const limit = 20;
let offset = 0;

async function call(method, path, body) {
  const options = { method, headers: { 'X-Brex-Sandbox': 'page' } };
  if (body !== undefined) {
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message || 'status ' + response.status);
  return answer;
}

function element(name, text) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  return e;
}

function pretty(value) { return element('pre', JSON.stringify(value, null, 2)); }

function button(text, run) {
  const b = element('button', text);
  b.type = 'button';
  b.addEventListener('click', () => act(run));
  return b;
}

// cell is a text with a class: fix for what must not be broken, and how a status looks.
function cell(text, kind) {
  const e = element('span', text);
  e.className = kind || '';
  return e;
}

function time(text) {
  const at = new Date(text);
  return text && !isNaN(at) ? cell(at.toISOString().slice(0, 19).replace('T', ' '), 'fix') : cell('');
}

// amount is minor units with their currency as the program writes them, with marks for thousands.
function amount(money) {
  const currency = money.currency || 'USD';
  let places = 2;
  try {
    places = new Intl.NumberFormat('en-US', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
  } catch { /* an unknown currency */ }
  const digits = String(Math.abs(money.amount || 0)).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ',');
  return (money.amount < 0 ? '-' : '') + whole + (places ? '.' + digits.slice(-places) : '') + ' ' + currency;
}

function fillTable(table, rows) {
  const names = [...table.tHead.rows[0].cells].map((th) => th.textContent);
  table.tBodies[0].replaceChildren(...rows.map((cells) => {
    const tr = element('tr');
    cells.forEach((c, i) => {
      const td = element('td');
      if (c === '' || c.textContent === '') td.className = 'none';
      else td.append(cell(names[i], 'name'), typeof c === 'string' ? element('span', c) : c);
      if (c.className) td.classList.add(...c.className.split(' ').filter((k) => k === 'fix' || k === 'sum'));
      tr.append(td);
    });
    return tr;
  }));
}

function fill(table, rows) { fillTable($(table), rows); }

function card(title, value, ...more) {
  const div = element('div');
  div.append(element('p', title), ...[value, ...more].map((text, i) => {
    const e = element(i ? 'p' : 'strong', text);
    e.className = 'fix';
    return e;
  }));
  return div;
}

function options(list, values) {
  list.replaceChildren(...values.map((v) => {
    const o = element('option', list.tagName === 'SELECT' ? v.label || v : undefined);
    o.value = v.value || v;
    return o;
  }));
}

// act does something and shows what has become of everything.
async function act(run) {
  try {
    await run();
    $('error').hidden = true;
  } catch (e) {
    $('error').textContent = e.message;
    $('error').hidden = false;
  }
  await refresh();
}

// delivery is how one subscription fared: its state, and each attempt with its time.
function delivery(d) {
  const list = element('ul');
  list.className = 'plain';
  const attempts = d.attempts || [];
  let [text, kind] = ['given up', 'bad'];
  if (d.delivered) [text, kind] = ['delivered', 'good'];
  else if (d.next) [text, kind] = [(d.held ? 'held back by ' + d.held + ', ' : '') + 'due ' + d.next.slice(0, 19).replace('T', ' '), 'wait'];
  list.append(element('li', d.url), ...attempts.map((a, i) => {
    const li = element('li', 'attempt ' + (i + 1) + ': ' + (a.error || a.status) + (a.fault ? ', met ' + a.fault : '') + ' ');
    li.append(cell(a.at.slice(0, 19).replace('T', ' '), 'fix dim'));
    return li;
  }));
  const state = element('li');
  state.append(cell(text, kind));
  list.append(state);
  return list;
}

function event(e) {
  const details = element('details');
  details.append(element('summary', e.type), element('p', e.id), pretty(e.payload));
  const deliveries = element('div');
  deliveries.append(...(e.deliveries || []).map(delivery));
  const again = e.deliveries ? button('Send again', () => call('POST', 'events/' + encodeURIComponent(e.id) + '/resend')) : '';
  return [time(e.at), details, e.deliveries ? deliveries : cell('nobody asked for it', 'dim'), again];
}

function request(r) {
  const good = r.status >= 200 && r.status < 400;
  const about = element('details');
  about.append(element('summary', r.method + ' ' + r.path + (r.query ? '?' + r.query : '') + (r.operation ? ' · ' + r.operation : '')));
  if (r.unknown_parameters) about.append(element('p', 'not parameters of this operation: ' + r.unknown_parameters.join(', ')));
  about.append(element('pre', r.body || 'no body'));
  return [time(r.at), cell(r.status ? String(r.status) : 'none', 'fix ' + (good ? 'good' : 'bad')),
    cell(r.duration_ms.toFixed(1) + ' ms', 'fix'), about];
}

function fault(r) {
  let text = r.operation + ': ' + r.fault;
  if (r.method) text += ', ' + r.method + ' only';
  if (r.skip) text += ', after ' + r.skip;
  text += r.count ? ', ' + r.count + ' calls' : ', all calls';
  if (r.rate) text += ', at a rate of ' + r.rate;
  return element('li', text);
}

// What a table shows of a row, where it has it: the first of each list.
const columns = {
  Date: ['purchased_at', 'posted_at_date', 'process_date', 'created_at', 'createdAt', 'start_date', 'updated_at'],
  Amount: ['amount', 'original_amount', 'current_balance', 'purchased_amount', 'limit'],
  Status: ['status', 'payment_status'],
};
const names = ['legal_name', 'company_name', 'display_name', 'displayName', 'name', 'card_name', 'email', 'description', 'memo', 'type', 'url'];

function first(item, members, usable) {
  const found = members.find((m) => usable(item[m]));
  return found === undefined ? undefined : item[found];
}

const isText = (v) => typeof v === 'string' && v !== '';
const isMoney = (v) => v && typeof v.amount === 'number';
const looks = { ACTIVE: 'good', PROCESSED: 'good', APPROVED: 'good', CLEARED: 'good', FAILED: 'bad', DECLINED: 'bad', TERMINATED: 'bad',
  PENDING_APPROVAL: 'wait', PROCESSING: 'wait', SCHEDULED: 'wait', PENDING: 'wait' };

function row(item) {
  const details = element('details');
  const name = [item.first_name, item.last_name].filter(isText).join(' ') || names.map((n) => item[n]).find(isText) || '';
  const id = item.id || item.budget_id || item.row || '';
  details.append(element('summary', [name, id].filter(Boolean).join(' · ')), pretty(item));
  const date = first(item, columns.Date, isText);
  const money = first(item, columns.Amount, isMoney);
  const status = first(item, columns.Status, isText) || '';
  return [date ? (date.length > 10 ? time(date) : cell(date, 'fix')) : '', details,
    money ? cell(amount(money), 'fix sum') : '', status ? cell(status, 'fix ' + (looks[status] || '')) : ''];
}

function rowTable(items) {
  const table = element('table');
  const head = table.createTHead().insertRow();
  for (const name of ['Date', 'Row', 'Amount', 'Status']) head.append(element('th', name));
  head.cells[2].className = 'sum';
  table.createTBody();
  fillTable(table, items.map(row));
  return table;
}

async function showRows() {
  const query = new URLSearchParams({ offset, limit, q: $('search').value });
  const page = await call('GET', 'state/' + encodeURIComponent($('table').value) + '?' + query);
  $('rows').replaceChildren(rowTable(page.items));
  $('range').textContent = page.total ? `${page.offset + 1} to ${page.offset + page.items.length} of ${page.total}` : 'none';
  $('earlier').disabled = offset === 0;
  $('later').disabled = offset + limit >= page.total;
}

async function refresh() {
  try {
    const [status, summary, events, faults, tables, requests, tokens] = await Promise.all(
      ['status', 'summary', 'events', 'faults', 'state', 'requests', 'tokens'].map((path) => call('GET', path)));
    $('status').textContent = `${status.company || 'A company'} · seed ${status.seed} · ${status.requests} requests · ` +
      `${status.events} events · ${status.pending_deliveries} deliveries pending`;
    $('now').textContent = status.now;
    $('now').dateTime = status.now;

    $('balances').replaceChildren(...summary.accounts.map((a) => card(a.name || a.id, amount(a.available_balance || {}),
      'available', amount(a.current_balance || {}) + ' booked')));
    $('transfers').replaceChildren(...summary.transfers.map((t) => card(t.status, String(t.count), amount(t))));

    fill('events', events.events.map(event));
    if (!$('event-types').childElementCount) options($('event-types'), events.types);

    $('faults').replaceChildren(...faults.rules.map(fault));
    if (faults.chaos) $('faults').append(element('li', 'chaos'));
    if (!$('operations').childElementCount) {
      options($('operations'), faults.operations);
      options($('fault-kind'), faults.kinds);
      $('fault-kind').value = 'status';
    }

    const chosen = $('table').value || 'transfers';
    options($('table'), tables.tables.map((t) => ({ value: t.name, label: `${t.name} (${t.rows})` })));
    $('table').value = chosen;

    fill('requests', requests.requests.map(request));
    fill('tokens', [
      ...tokens.tokens.map((t) => [t.role, t.token, t.all_scopes ? 'all' : (t.scopes || []).join(' ') || 'none']),
      ...tokens.webhook_secrets.map((s) => ['webhook signing secret', s, ''])]);
    await showRows();
  } catch (e) {
    $('error').textContent = e.message;
    $('error').hidden = false;
  }
  document.body.dataset.updates = Number(document.body.dataset.updates || 0) + 1;
}

function on(form, run) {
  $(form).addEventListener('submit', (e) => {
    e.preventDefault();
    act(run);
  });
}

on('clock', () => call('POST', 'clock', { advance: $('advance').value }));
for (const b of document.querySelectorAll('[data-advance]')) {
  b.addEventListener('click', () => act(() => call('POST', 'clock', { advance: b.dataset.advance })));
}
on('inject', () => call('POST', 'faults', {
  fault: $('fault-kind').value,
  operation: $('fault-operation').value,
  status: Number($('fault-status').value),
  delay: $('fault-delay').value,
  count: Number($('fault-count').value),
}));
$('clear-faults').addEventListener('click', () => act(() => call('DELETE', 'faults')));
on('fire', () => call('POST', 'events', {
  type: $('event-type').value,
  payload: $('event-payload').value.trim() ? JSON.parse($('event-payload').value) : null,
}));
$('deliver').addEventListener('click', () => act(() => call('POST', 'deliver')));
$('rotate').addEventListener('click', () => act(() => call('POST', 'secrets/rotate')));
$('reset').addEventListener('click', () => act(() => call('POST', 'reset')));
on('browse', () => { offset = 0; });
$('table').addEventListener('change', () => { offset = 0; act(() => {}); });
$('earlier').addEventListener('click', () => act(() => { offset = Math.max(0, offset - limit); }));
$('later').addEventListener('click', () => act(() => { offset += limit; }));
refresh();
