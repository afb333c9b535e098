// Swagger UI over this box office's document, so that a newcomer buys a ticket without copying anything: each answer's
// credential and ids are used for the calls that follow, and are still there after a reload.
//
// The operator's key is never kept: not here, and not in the browser.
(() => {
  'use strict';
  const STORE = 'boxoffice';
  const KEPT = ['Session', 'QueueToken'];
  const SCHEMES = {
    Session: { type: 'http', scheme: 'bearer' },
    QueueToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  };

  // This tab's memory: what has been learned from answers, and the buyer's credentials.
  const memory = (() => {
    try { return JSON.parse(sessionStorage.getItem(STORE)) ?? { ids: {}, credentials: {} }; }
    catch { return { ids: {}, credentials: {} }; }
  })();
  const keep = () => { try { sessionStorage.setItem(STORE, JSON.stringify(memory)); } catch { /* then not */ } };

  const authorize = (name, value) =>
    ui.authActions.authorize({ [name]: { name, schema: SCHEMES[name], value } });

  // Whatever is typed into the dialogue or comes by an answer is kept, if it is the buyer's.
  const keeper = () => ({
    statePlugins: {
      auth: {
        wrapActions: {
          authorize: (original) => (payload) => {
            for (const name of KEPT) {
              if (payload[name]) { memory.credentials[name] = payload[name].value; keep(); }
            }
            return original(payload);
          },
          logout: (original) => (names) => {
            for (const name of names) { delete memory.credentials[name]; }
            keep();
            return original(names);
          },
        },
      },
    },
  });

  // What an answer teaches: parameter and field names with their values.
  function learned(path, method, body) {
    const made = method === 'POST' ? body.id : undefined;
    const hold = path === '/v1/holds' ? (body.holds ? body.holds[0] : body) : undefined;
    const payment = path === '/v1/payments' ? (body.payments ? body.payments[0] : body) : undefined;
    return {
      concert_id: path === '/v1/operator/concerts' ? made : body.concerts?.[0]?.id ?? body.concert_id,
      hall_id: path === '/v1/operator/halls' ? made : undefined,
      performance_id: path === '/v1/operator/performances' ? made : body.dates?.[0]?.performance_id ?? body.performance_id,
      user_id: body.user?.id ?? body.user_id,
      hold_id: hold?.id,
      seat_ids: hold?.seats?.map((seat) => seat.id),
      amount: hold?.amount,
      payment_id: payment?.id ?? body.payment_id,
      code: payment?.tickets?.[0]?.code,
    };
  }

  // The fields of an operation's body that earlier answers can fill. An amount means money only where it is paid.
  const FILLED = {
    hold_seats: ['performance_id'],
    top_up: ['amount'],
    pay: ['seat_ids', 'amount'],
    create_performance: ['concert_id', 'hall_id'],
  };

  function fill() {
    const paths = ui.specSelectors.specJson().get('paths');
    paths?.forEach((methods, path) => methods.forEach((operation, method) => {
      const at = [path, method];
      operation.get('parameters')?.forEach((parameter) => {
        const value = memory.ids[parameter.get('name')];
        if (value !== undefined && parameter.get('in') === 'path') {
          ui.specActions.changeParamByIdentity(at, parameter, value, false);
        }
      });
      const fields = (FILLED[operation.get('operationId')] ?? []).filter((name) => memory.ids[name] !== undefined);
      const example = operation.getIn(['requestBody', 'content', 'application/json', 'example']);
      if (fields.length > 0 && example) {
        const body = example.toJS();
        for (const name of fields) { body[name] = memory.ids[name]; }
        // Else Swagger UI puts the example back when the operation is opened.
        ui.oas3Actions.setRetainRequestBodyValueFlag({ value: true, pathMethod: at });
        ui.oas3Actions.setRequestBodyValue({ value: JSON.stringify(body, null, 2), pathMethod: at });
      }
    }));
  }

  function remember(response) {
    let body;
    try { body = JSON.parse(response.text); } catch { return response; }
    const url = new URL(response.url, location.href);
    if (!response.ok || body === null || typeof body !== 'object' || !url.pathname.startsWith('/v1/')) { return response; }
    if (body.session) { authorize('Session', body.session.secret); }
    if (body.token) { authorize('QueueToken', body.token); }
    // A payment ends the visit: a dead token would be sent where the session would do.
    if (body.tickets && body.balance !== undefined) { ui.authActions.logout(['QueueToken']); }
    for (const [name, value] of Object.entries(learned(url.pathname, asked.get(url.pathname) ?? 'GET', body))) {
      if (value !== undefined) { memory.ids[name] = value; }
    }
    keep();
    // After Swagger UI has shown the answer.
    setTimeout(fill);
    return response;
  }

  // An answer does not say which method it is of.
  const asked = new Map();
  function note(request) {
    asked.set(new URL(request.url, location.href).pathname, (request.method ?? 'GET').toUpperCase());
    return request;
  }

  const ui = SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#swagger-ui',
    plugins: [keeper],
    displayOperationId: true,
    deepLinking: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    persistAuthorization: false,
    validatorUrl: null,
    requestInterceptor: note,
    responseInterceptor: remember,
    onComplete: () => {
      for (const name of KEPT) {
        if (memory.credentials[name]) { authorize(name, memory.credentials[name]); }
      }
      fill();
    },
  });
  window.ui = ui;
})();
