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

function fill(table, rows) {
  const body = $(table).tBodies[0];
  body.replaceChildren(...rows.map((cells) => {
    const tr = element('tr');
    for (const cell of cells) {
      const td = element('td');
      td.append(cell);
      tr.append(td);
    }
    return tr;
  }));
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

function outcome(delivery) {
  const last = (delivery.attempts || []).at(-1);
  let text = delivery.url + ': ';
  if (delivery.delivered) text += 'delivered';
  else if (delivery.next) text += (delivery.held ? 'held back by ' + delivery.held + ', ' : '') + 'due ' + delivery.next;
  else text += 'given up';
  if (last) text += ', attempt ' + delivery.attempts.length + ': ' + (last.error || last.status) + (last.fault ? ', met ' + last.fault : '');
  return text;
}

function event(e) {
  const details = element('details');
  details.append(element('summary', e.type), pretty(e.payload));
  const deliveries = (e.deliveries || []).map(outcome).join('\n') || 'nobody asked for it';
  const again = e.deliveries ? button('Send again', () => call('POST', 'events/' + encodeURIComponent(e.id) + '/resend')) : '';
  return [e.at, details, e.id, element('pre', deliveries), again];
}

function fault(r) {
  let text = r.operation + ': ' + r.fault;
  if (r.method) text += ', ' + r.method + ' only';
  if (r.skip) text += ', after ' + r.skip;
  text += r.count ? ', ' + r.count + ' calls' : ', all calls';
  if (r.rate) text += ', at a rate of ' + r.rate;
  return element('li', text);
}

function row(item) {
  const details = element('details');
  const name = item.id || item.row || '';
  const known = ['legal_name', 'company_name', 'name', 'card_name', 'email', 'description', 'memo', 'status'];
  const about = known.map((k) => item[k]).filter((v) => typeof v === 'string' && v);
  details.append(element('summary', [name, ...about].join(' · ')), pretty(item));
  return details;
}

async function showRows() {
  const query = new URLSearchParams({ offset, limit, q: $('search').value });
  const page = await call('GET', 'state/' + encodeURIComponent($('table').value) + '?' + query);
  $('rows').replaceChildren(...page.items.map(row));
  $('range').textContent = page.total ? `${page.offset + 1} to ${page.offset + page.items.length} of ${page.total}` : 'none';
  $('earlier').disabled = offset === 0;
  $('later').disabled = offset + limit >= page.total;
}

async function refresh() {
  try {
    const [status, events, faults, tables, requests, tokens] = await Promise.all(
      ['status', 'events', 'faults', 'state', 'requests', 'tokens'].map((path) => call('GET', path)));
    $('status').textContent = `${status.company || 'A company'} · seed ${status.seed} · ${status.requests} requests · ` +
      `${status.events} events · ${status.pending_deliveries} deliveries pending`;
    $('now').textContent = status.now;
    $('now').dateTime = status.now;

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

    fill('requests', requests.requests.map((r) => [
      r.status ? String(r.status) : 'none', r.operation || '', r.method + ' ' + r.path + (r.query ? '?' + r.query : '') +
        (r.unknown_parameters ? ' (not parameters of this operation: ' + r.unknown_parameters.join(', ') + ')' : ''), r.body || '']));
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
