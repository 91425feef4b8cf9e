// Drives the Chatwoot face with the client that Chatwoot's users know best (@figuro/chatwoot-sdk): users, accounts,
// account users and agent bots, each through its life. Wants ROLLCALL_URL and ROLLCALL_PLATFORM_TOKEN in the
// environment; ends with 0 and one line when every answer was right.
"use strict";

const assert = require("node:assert/strict");
const { default: ChatwootClient } = require("@figuro/chatwoot-sdk");

const { platform } = new ChatwootClient({
  config: {
    basePath: process.env.ROLLCALL_URL,
    with_credentials: false,
    credentials: "omit",
    token: process.env.ROLLCALL_PLATFORM_TOKEN,
  },
});

/** That a call is refused with a status, and what the answer says. */
async function refused(call, status, body) {
  const error = await call.then(
    (answer) => assert.fail(`not refused: ${JSON.stringify(answer)}`),
    (error) => error,
  );
  assert.equal(error.status, status, `${error}`);
  assert.deepEqual(error.body, body);
}

async function users() {
  const data = { name: "Ines Duarte", email: "Ines@Shop.test", password: "Secret1!", custom_attributes: { plan: "gold" } };
  const made = await platform.users.create({ data });
  assert.equal(made.email, "ines@shop.test");
  assert.equal(made.available_name, "Ines Duarte");
  assert.equal(made.account_id, null);
  assert.deepEqual(made.custom_attributes, { plan: "gold" });
  const again = await platform.users.create({ data: { ...data, name: "Somebody Else" } });
  assert.deepEqual(again, made, "an address that is known is adopted");
  const changed = await platform.users.update({ id: made.id, data: { display_name: "Ines", custom_attributes: { seats: 2 } } });
  assert.equal(changed.available_name, "Ines");
  assert.deepEqual(changed.custom_attributes, { plan: "gold", seats: 2 });
  assert.deepEqual(await platform.users.get({ id: made.id }), changed);
  const link = await platform.users.getSSOUrl({ id: made.id });
  assert.match(link.url, /\/app\/login\?email=ines%40shop\.test&sso_auth_token=[0-9a-f]{64}$/);
  await refused(platform.users.create({ data: { ...data, email: "leo@shop.test", password: "short" } }), 422, {
    message: [
      "Password must contain at least 6 characters",
      "Password must contain at least 1 uppercase character  (A..Z)",
      "Password must contain at least 1 number character  (0..9)",
      "Password must contain at least 1 special character  ( !@#$%^&*()_+-=[]{}|\"/\\.,`<>:;?~')",
    ].join(", "),
    attributes: ["password"],
  });
  return made.id;
}

async function accounts() {
  const made = await platform.accounts.create({ data: { name: "Shop" } });
  assert.equal(made.name, "Shop");
  const changed = await platform.accounts.update({ accountId: made.id, data: { name: "Shop & Sons" } });
  assert.equal(changed.name, "Shop & Sons");
  assert.deepEqual(await platform.accounts.get({ accountId: made.id }), changed);
  return made.id;
}

async function members(accountId, userId) {
  const { accountUsers } = platform;
  const made = await accountUsers.create({ accountId, data: { user_id: userId, role: "agent" } });
  assert.equal(made.role, "agent");
  const raised = await accountUsers.create({ accountId, data: { user_id: userId, role: "administrator" } });
  assert.equal(raised.id, made.id);
  assert.deepEqual(await accountUsers.list({ accountId }), [raised]);
  const user = await platform.users.get({ id: userId });
  assert.equal(user.account_id, accountId);
  assert.equal(user.role, "administrator");
  await accountUsers.delete({ accountId, data: { user_id: userId } });
  assert.deepEqual(await accountUsers.list({ accountId }), []);
}

async function bots(accountId) {
  const { agentBots } = platform;
  const made = await agentBots.create({ data: { name: "Helper", outgoing_url: "https://bot.test/hook" } });
  assert.equal(made.account_id, null);
  const changed = await agentBots.update({ id: made.id, data: { description: "answers", account_id: accountId } });
  assert.equal(changed.account_id, accountId);
  assert.equal(changed.access_token, made.access_token);
  assert.deepEqual(await agentBots.get({ id: made.id }), changed);
  assert.deepEqual(await agentBots.list(), [changed]);
  await agentBots.delete({ id: made.id });
  assert.deepEqual(await agentBots.list(), []);
}

async function main() {
  const userId = await users();
  const accountId = await accounts();
  await members(accountId, userId);
  await bots(accountId);
  await platform.accounts.delete({ accountId });
  await platform.users.delete({ id: userId });
  const gone = { status: 404, error: "Not Found" };
  await refused(platform.accounts.get({ accountId }), 404, gone);
  await refused(platform.users.get({ id: userId }), 404, gone);
  console.log("every answer was right");
}

main().catch((error) => {
  console.error(error, error?.body ?? "");
  process.exitCode = 1;
});
