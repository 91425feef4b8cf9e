-- Lists of users go by number, newest first. Numbers only rise, so the end of each index grows and its pages are full.
-- The same tables, columns and indexes as migrations/postgres/0004_order.sql; see docs/adr/0013.

drop index users_created;
drop index users_role;
drop index users_deactivated;
create index users_app on users (app, id, deactivated_at);
create index users_role on users (app, role, id, deactivated_at);
create index users_deactivated on users (app, id) where deactivated_at is not null;

-- The number of a friend orders the list. What is left of the index is for the removal of a user.
drop index friends_user;
alter table friends drop column friend_uid;
alter table friends drop column friend_created_at;
create index friends_user on friends (user_key, app);
