-- Lists of users go by number, newest first. Numbers only rise, so the end of each index grows and its pages are full.
-- The same tables, columns and indexes as migrations/sqlite/0004_order.sql; see docs/adr/0013.

drop index users_created;
drop index users_role;
drop index users_deactivated;
create index users_app on users (app, id, deactivated_at);
create index users_role on users (app, role, id, deactivated_at);
create index users_deactivated on users (app, id, deactivated_at) where deactivated_at is not null;

-- The number of a friend orders the list. What is left of the index is for the removal of a user.
drop index friends_user;
alter table friends drop column friend_uid;
alter table friends drop column friend_created_at;
create index friends_user on friends (user_key, app);

-- How many users there are, by role and stretch of 4096 numbers; what the rows of one role and stretch say is their sum.
-- Room on each page, as every row is changed again and again.
create table user_counts (
    app         text collate "C" not null,
    role        text collate "C" not null,
    stretch     bigint not null,
    shard       bigint not null,
    active      bigint not null,
    deactivated bigint not null,
    primary key (app, role, stretch, shard)
) with (fillfactor = 50);
insert into user_counts (app, role, stretch, shard, active, deactivated)
    select app, role, id / 4096, 0, count(*) - count(deactivated_at), count(deactivated_at)
    from users
    group by app, role, id / 4096;
