"""Initial. Written by Alembic from the models, which is why it is long."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "answered",
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=120), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sid", "request", name=op.f("pk_answered")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_audit_previous_hash")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_subject"), ["subject"], unique=False)

    op.create_table(
        "avoidances",
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("clinician_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("patient_id", "clinician_id", name=op.f("pk_avoidances")),
    )
    op.create_table(
        "callback_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=True),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("number_sealed", sa.Text(), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("own_id", sa.String(length=64), nullable=True),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("place_ms", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promise_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_requests")),
    )
    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_callback_requests_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_callback_requests_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_callback_requests_own_id"), ["own_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_callback_requests_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(
            "uq_callback_requests_open_number",
            ["number_hash", "service"],
            unique=True,
            sqlite_where=sa.text("state IN ('booked', 'waiting', 'calling')"),
            postgresql_where=sa.text("state IN ('booked', 'waiting', 'calling')"),
        )

    op.create_table(
        "calls",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("dialled", sa.String(length=20), nullable=False),
        sa.Column("caller_hash", sa.String(length=64), nullable=True),
        sa.Column("caller_sealed", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.String(length=64), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calls_arrived_at"), ["arrived_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_caller_hash"), ["caller_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "care_units",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("skills", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_units")),
    )
    op.create_table(
        "clinicians",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("given", sa.String(length=80), nullable=False),
        sa.Column("family", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("site_id", sa.String(length=64), nullable=True),
        sa.Column("languages", sa.String(length=100), nullable=False),
        sa.Column("imported_languages", sa.String(length=100), nullable=False),
        sa.Column("local_languages", sa.String(length=100), nullable=True),
        sa.Column("qualified", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("phone_sealed", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinicians")),
    )
    op.create_table(
        "directory_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_imports")),
    )
    op.create_table(
        "facility_numbers",
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number_hash", name=op.f("pk_facility_numbers")),
    )
    op.create_table(
        "failed_proofs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("caller_hash", sa.String(length=64), nullable=True),
        sa.Column("patient_id", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_proofs")),
    )
    with op.batch_alter_table("failed_proofs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_failed_proofs_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_failed_proofs_caller_hash"), ["caller_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_failed_proofs_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "heard",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_heard")),
    )
    op.create_table(
        "hours_overrides",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_overrides")),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fact", sa.String(length=40), nullable=False),
        sa.Column("details", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("key", name=op.f("uq_journal_key")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_fact"), ["fact"], unique=False)

    op.create_table(
        "offers",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("wait_id", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("clinician_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("why", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("room", sa.String(length=40), nullable=False),
        sa.Column("dialling", sa.String(length=12), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("patient_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clinician_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("talk_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offers_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offers_clinician_id"), ["clinician_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offers_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_offers_sid"), ["sid"], unique=False)
        batch_op.create_index(batch_op.f("ix_offers_wait_id"), ["wait_id"], unique=False)
        batch_op.create_index(
            "uq_offers_open_clinician",
            ["clinician_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('offered', 'accepted')"),
            postgresql_where=sa.text("state IN ('offered', 'accepted')"),
        )
        batch_op.create_index(
            "uq_offers_open_wait",
            ["wait_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('offered', 'accepted')"),
            postgresql_where=sa.text("state IN ('offered', 'accepted')"),
        )

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_undone",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "patients",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("given_sealed", sa.Text(), nullable=False),
        sa.Column("family_sealed", sa.Text(), nullable=False),
        sa.Column("birth_date_hash", sa.String(length=64), nullable=False),
        sa.Column("birth_date_sealed", sa.Text(), nullable=False),
        sa.Column("pin_hash", sa.String(length=64), nullable=True),
        sa.Column("zip_hash", sa.String(length=64), nullable=True),
        sa.Column("pin_only", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("deceased", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patients")),
    )
    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patients_birth_date_hash"), ["birth_date_hash"], unique=False)

    op.create_table(
        "presence_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinician_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("idle_since_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence_changes")),
    )
    with op.batch_alter_table("presence_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_presence_changes_clinician_id"), ["clinician_id"], unique=False)

    op.create_table(
        "presences",
        sa.Column("clinician_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("idle_since_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("clinician_id", name=op.f("pk_presences")),
    )
    with op.batch_alter_table("presences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_presences_until"), ["until"], unique=False)

    op.create_table(
        "protections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinician_id", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protections")),
    )
    with op.batch_alter_table("protections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_protections_clinician_id"), ["clinician_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_protections_ends_at"), ["ends_at"], unique=False)

    op.create_table(
        "sites",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
    )
    op.create_table(
        "unit_roles",
        sa.Column("unit_id", sa.String(length=100), nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.Column("role_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("unit_id", "skill", "role_id", name=op.f("pk_unit_roles")),
    )
    with op.batch_alter_table("unit_roles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_roles_role_id"), ["role_id"], unique=False)

    op.create_table(
        "users",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("clinician_id", sa.String(length=64), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sessions_from", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )
    op.create_table(
        "waits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=True),
        sa.Column("callback_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("need", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("ladder", sa.String(length=40), nullable=False),
        sa.Column("rules", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("content", sa.String(length=12), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("rung_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waits")),
    )
    with op.batch_alter_table("waits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waits_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_waits_callback_id"), ["callback_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_waits_rung_until"), ["rung_until"], unique=False)
        batch_op.create_index(
            "uq_waits_open_call",
            ["call_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('waiting', 'offered', 'connected')"),
            postgresql_where=sa.text("state IN ('waiting', 'offered', 'connected')"),
        )

    op.create_table(
        "callback_attempts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=True),
        sa.Column("intended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["callback_requests.id"], name=op.f("fk_callback_attempts_request_id_callback_requests")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_attempts")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("callback_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_callback_attempts_deadline"), ["deadline"], unique=False)
        batch_op.create_index(batch_op.f("ix_callback_attempts_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_callback_attempts_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_callback_attempts_sid"), ["sid"], unique=False)
        batch_op.create_index(
            "uq_callback_attempts_open",
            ["request_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('intended', 'placed', 'unknown', 'answered')"),
            postgresql_where=sa.text("state IN ('intended', 'placed', 'unknown', 'answered')"),
        )

    op.create_table(
        "care_books",
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_care_books_patient_id_patients")),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_care_books")),
    )
    op.create_table(
        "clinician_roles",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("clinician_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("unit_id", sa.String(length=100), nullable=False),
        sa.Column("site_id", sa.String(length=64), nullable=False),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("skills", sa.Text(), nullable=False),
        sa.Column("bars", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinician_id"], ["clinicians.id"], name=op.f("fk_clinician_roles_clinician_id_clinicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinician_roles")),
    )
    with op.batch_alter_table("clinician_roles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clinician_roles_clinician_id"), ["clinician_id"], unique=False)

    op.create_table(
        "clinician_skills",
        sa.Column("clinician_id", sa.String(length=64), nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("imported_level", sa.Integer(), nullable=True),
        sa.Column("local_level", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinician_id"], ["clinicians.id"], name=op.f("fk_clinician_skills_clinician_id_clinicians")
        ),
        sa.PrimaryKeyConstraint("clinician_id", "skill", name=op.f("pk_clinician_skills")),
    )
    op.create_table(
        "legs",
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("party", sa.String(length=12), nullable=False),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column("attempt_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_legs_call_id_calls")),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_legs")),
    )
    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legs_attempt_id"), ["attempt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_legs_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_legs_ended_at"), ["ended_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_legs_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "patient_numbers",
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("number_sealed", sa.Text(), nullable=False),
        sa.Column("use", sa.String(length=10), nullable=False),
        sa.Column("readable", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_patient_numbers_patient_id_patients")),
        sa.PrimaryKeyConstraint("patient_id", "number_hash", name=op.f("pk_patient_numbers")),
    )
    with op.batch_alter_table("patient_numbers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_numbers_number_hash"), ["number_hash"], unique=False)

    op.create_table(
        "voicemails",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("recording", sa.String(length=64), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=True),
        sa.Column("patient_id", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_voicemails_call_id_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voicemails")),
        sa.UniqueConstraint("recording", name=op.f("uq_voicemails_recording")),
    )
    with op.batch_alter_table("voicemails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_voicemails_owner_id"), ["owner_id"], unique=False)


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("voicemails", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_voicemails_owner_id"))

    op.drop_table("voicemails")
    with op.batch_alter_table("patient_numbers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_patient_numbers_number_hash"))

    op.drop_table("patient_numbers")
    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_legs_offer_id"))
        batch_op.drop_index(batch_op.f("ix_legs_ended_at"))
        batch_op.drop_index(batch_op.f("ix_legs_call_id"))
        batch_op.drop_index(batch_op.f("ix_legs_attempt_id"))

    op.drop_table("legs")
    op.drop_table("clinician_skills")
    with op.batch_alter_table("clinician_roles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clinician_roles_clinician_id"))

    op.drop_table("clinician_roles")
    op.drop_table("care_books")
    with op.batch_alter_table("callback_attempts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_callback_attempts_open",
            sqlite_where=sa.text("state IN ('intended', 'placed', 'unknown', 'answered')"),
            postgresql_where=sa.text("state IN ('intended', 'placed', 'unknown', 'answered')"),
        )
        batch_op.drop_index(batch_op.f("ix_callback_attempts_sid"))
        batch_op.drop_index(batch_op.f("ix_callback_attempts_request_id"))
        batch_op.drop_index(batch_op.f("ix_callback_attempts_offer_id"))
        batch_op.drop_index(batch_op.f("ix_callback_attempts_deadline"))

    op.drop_table("callback_attempts")
    with op.batch_alter_table("waits", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_waits_open_call",
            sqlite_where=sa.text("state IN ('waiting', 'offered', 'connected')"),
            postgresql_where=sa.text("state IN ('waiting', 'offered', 'connected')"),
        )
        batch_op.drop_index(batch_op.f("ix_waits_rung_until"))
        batch_op.drop_index(batch_op.f("ix_waits_callback_id"))
        batch_op.drop_index(batch_op.f("ix_waits_call_id"))

    op.drop_table("waits")
    op.drop_table("users")
    with op.batch_alter_table("unit_roles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_roles_role_id"))

    op.drop_table("unit_roles")
    op.drop_table("sites")
    with op.batch_alter_table("protections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_protections_ends_at"))
        batch_op.drop_index(batch_op.f("ix_protections_clinician_id"))

    op.drop_table("protections")
    with op.batch_alter_table("presences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_presences_until"))

    op.drop_table("presences")
    with op.batch_alter_table("presence_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_presence_changes_clinician_id"))

    op.drop_table("presence_changes")
    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_patients_birth_date_hash"))

    op.drop_table("patients")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_undone", sqlite_where=sa.text("done_at IS NULL"), postgresql_where=sa.text("done_at IS NULL")
        )

    op.drop_table("outbox")
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_offers_open_wait",
            sqlite_where=sa.text("state IN ('offered', 'accepted')"),
            postgresql_where=sa.text("state IN ('offered', 'accepted')"),
        )
        batch_op.drop_index(
            "uq_offers_open_clinician",
            sqlite_where=sa.text("state IN ('offered', 'accepted')"),
            postgresql_where=sa.text("state IN ('offered', 'accepted')"),
        )
        batch_op.drop_index(batch_op.f("ix_offers_wait_id"))
        batch_op.drop_index(batch_op.f("ix_offers_sid"))
        batch_op.drop_index(batch_op.f("ix_offers_expires_at"))
        batch_op.drop_index(batch_op.f("ix_offers_clinician_id"))
        batch_op.drop_index(batch_op.f("ix_offers_call_id"))

    op.drop_table("offers")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_fact"))
        batch_op.drop_index(batch_op.f("ix_journal_call_id"))
        batch_op.drop_index(batch_op.f("ix_journal_at"))

    op.drop_table("journal")
    op.drop_table("hours_overrides")
    op.drop_table("heard")
    with op.batch_alter_table("failed_proofs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_failed_proofs_patient_id"))
        batch_op.drop_index(batch_op.f("ix_failed_proofs_caller_hash"))
        batch_op.drop_index(batch_op.f("ix_failed_proofs_at"))

    op.drop_table("failed_proofs")
    op.drop_table("facility_numbers")
    op.drop_table("directory_imports")
    op.drop_table("clinicians")
    op.drop_table("care_units")
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calls_patient_id"))
        batch_op.drop_index(batch_op.f("ix_calls_caller_hash"))
        batch_op.drop_index(batch_op.f("ix_calls_arrived_at"))

    op.drop_table("calls")
    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_callback_requests_open_number",
            sqlite_where=sa.text("state IN ('booked', 'waiting', 'calling')"),
            postgresql_where=sa.text("state IN ('booked', 'waiting', 'calling')"),
        )
        batch_op.drop_index(batch_op.f("ix_callback_requests_patient_id"))
        batch_op.drop_index(batch_op.f("ix_callback_requests_own_id"))
        batch_op.drop_index(batch_op.f("ix_callback_requests_due_at"))
        batch_op.drop_index(batch_op.f("ix_callback_requests_call_id"))

    op.drop_table("callback_requests")
    op.drop_table("avoidances")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_subject"))

    op.drop_table("audit")
    op.drop_table("answered")
