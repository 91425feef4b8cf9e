// The profile's columns, no rate limit, one user through PocketBase itself, and the others as copies of that row:
// each password hash would cost a tenth of a second.
migrate((app) => {
  const users = app.findCollectionByNameOrId("users")
  const id = users.fields.getByName("id")
  id.pattern = "^[a-z0-9-]+$"
  id.min = 1
  id.autogeneratePattern = ""
  users.fields.add(new JSONField({ name: "metadata" }))
  for (const name of ["avatarUrl", "link", "statusMessage"]) users.fields.add(new TextField({ name }))
  app.save(users)

  const settings = app.settings()
  settings.rateLimits.enabled = false
  app.save(settings)

  const seed = JSON.parse(toString($os.readFile($os.getenv("BENCH_USER"))))
  const user = new Record(users)
  user.load(seed)
  user.setPassword("bench-password")
  app.save(user)

  const uid = "'bench-' || (10000000 + n)"
  const own = { id: uid, tokenKey: "lower(hex(randomblob(25)))" }
  for (const name of ["email", "avatarUrl", "link", "metadata"]) own[name] = `replace("${name}", 'bench-10000000', ${uid})`
  const names = users.fields.map((field) => field.name)
  const list = names.map((name) => `"${name}"`).join()
  const values = names.map((name) => own[name] || `"${name}"`).join()
  app.db().newQuery(`with recursive others(n) as (select 1 union all select n + 1 from others where n + 1 < {:users})
    insert into users (${list}) select ${values} from others cross join users where users.id = 'bench-10000000'`)
    .bind({ users: parseInt($os.getenv("BENCH_USERS")) }).execute()
})
