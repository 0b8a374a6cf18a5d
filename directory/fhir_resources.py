"""The part of FHIR R4 that the directory reads, as types. What is not named here is ignored, never an error.

Longer texts than any honest directory holds are errors: they are how a file would fill our memory.

More than 300 lines because it is a list: one field on a line, as FHIR has them.
"""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

TIMEZONE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/timezone"
WISH_EXTENSION = "urn:access-center:wish"  # our own: FHIR R4 has no element for "leave no message"
MOST_RANK = 1000
Text = Annotated[str, Field(max_length=2000)]
Date = Annotated[str, Field(max_length=40)]


class Part(BaseModel):
    """A frozen piece of a resource."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Period(Part):
    start: Date | None = None
    end: Date | None = None


class Coding(Part):
    system: Text | None = None
    code: Text | None = None
    display: Text | None = None


class CodeableConcept(Part):
    coding: tuple[Coding, ...] = ()
    text: Text | None = None


class Identifier(Part):
    system: Text | None = None
    value: Text | None = None


class Reference(Part):
    reference: Text | None = None
    identifier: Identifier | None = None
    display: Text | None = None


def _listed(value: object) -> object:
    """Identifier is one in some resources and several in others."""
    return value if isinstance(value, list | tuple) or value is None else [value]


class HumanName(Part):
    use: Text | None = None
    text: Text | None = None
    family: Text | None = None
    given: tuple[Text, ...] = ()
    period: Period = Period()


class Extension(Part):
    url: Text
    code: Text | None = Field(default=None, alias="valueCode")


def _rank(value: object) -> int | None:
    """A rank that is none is no reason to lose a patient."""
    return value if isinstance(value, int) and 1 <= value <= MOST_RANK else None


class ContactPoint(Part):
    system: Text | None = None
    value: Text | None = None
    use: Text | None = None
    rank: Annotated[int | None, BeforeValidator(_rank)] = None
    period: Period = Period()
    extension: tuple[Extension, ...] = ()


class Address(Part):
    use: Text | None = None
    postal_code: Text | None = Field(default=None, alias="postalCode")
    period: Period = Period()


class Communication(Part):
    language: CodeableConcept = CodeableConcept()
    preferred: bool = False


class Link(Part):
    type: Text
    other: Reference | None = None


class Meta(Part):
    last_updated: Date = Field(default="", alias="lastUpdated")


class Resource(Part):
    """What every resource has. `key` is how other resources name it: "Patient/123"."""

    kind: ClassVar[str]
    id: str = Field(max_length=64, pattern=r"^[A-Za-z0-9\-.]+$")
    identifier: Annotated[tuple[Identifier, ...], BeforeValidator(_listed)] = ()
    meta: Meta = Meta()

    @property
    def key(self) -> str:
        """The relative reference to this resource."""
        return f"{self.kind}/{self.id}"


# --- people -----------------------------------------------------------------------------------------------------------


class Patient(Resource):
    kind = "Patient"
    active: bool = True
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    birth_date: Date = Field(default="", alias="birthDate")
    deceased_boolean: bool = Field(default=False, alias="deceasedBoolean")
    deceased_at: Date | None = Field(default=None, alias="deceasedDateTime")
    address: tuple[Address, ...] = ()
    communication: tuple[Communication, ...] = ()
    link: tuple[Link, ...] = ()
    extension: tuple[Extension, ...] = ()


class RelatedPerson(Resource):
    kind = "RelatedPerson"
    patient: Reference | None = None
    active: bool = True
    name: tuple[HumanName, ...] = ()
    period: Period = Period()
    relationship: tuple[CodeableConcept, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()


class Qualification(Part):
    code: CodeableConcept


class Practitioner(Resource):
    kind = "Practitioner"
    active: bool = True
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    communication: tuple[CodeableConcept, ...] = ()
    qualification: tuple[Qualification, ...] = ()


class WorkingHours(Part):
    """A row of availableTime or hoursOfOperation; an end before the start is past midnight."""

    days: tuple[Text, ...] = Field(default=(), alias="daysOfWeek")
    all_day: bool = Field(default=False, alias="allDay")
    available_start: Date | None = Field(default=None, alias="availableStartTime")
    available_end: Date | None = Field(default=None, alias="availableEndTime")
    opening: Date | None = Field(default=None, alias="openingTime")
    closing: Date | None = Field(default=None, alias="closingTime")


class Absence(Part):
    during: Period = Period()


class PractitionerRole(Resource):
    kind = "PractitionerRole"
    active: bool = True
    period: Period = Period()
    practitioner: Reference | None = None
    organization: Reference | None = None
    code: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    location: tuple[Reference, ...] = ()
    service: tuple[Reference, ...] = Field(default=(), alias="healthcareService")
    telecom: tuple[ContactPoint, ...] = ()
    available: tuple[WorkingHours, ...] = Field(default=(), alias="availableTime")
    absent: tuple[Absence, ...] = Field(default=(), alias="notAvailable")


# --- places -----------------------------------------------------------------------------------------------------------


class Organization(Resource):
    kind = "Organization"
    name: Text = ""
    active: bool = True
    part_of: Reference | None = Field(default=None, alias="partOf")
    telecom: tuple[ContactPoint, ...] = ()


class Location(Resource):
    kind = "Location"
    name: Text = ""
    extension: tuple[Extension, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    organization: Reference | None = Field(default=None, alias="managingOrganization")
    part_of: Reference | None = Field(default=None, alias="partOf")
    hours: tuple[WorkingHours, ...] = Field(default=(), alias="hoursOfOperation")


class HealthcareService(Resource):
    kind = "HealthcareService"
    name: Text = ""
    active: bool = True
    provided_by: Reference | None = Field(default=None, alias="providedBy")
    type: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    location: tuple[Reference, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    available: tuple[WorkingHours, ...] = Field(default=(), alias="availableTime")
    absent: tuple[Absence, ...] = Field(default=(), alias="notAvailable")


# --- care -------------------------------------------------------------------------------------------------------------


class TeamMember(Part):
    role: tuple[CodeableConcept, ...] = ()
    member: Reference | None = None
    on_behalf_of: Reference | None = Field(default=None, alias="onBehalfOf")
    period: Period = Period()


class CareTeam(Resource):
    kind = "CareTeam"
    status: Text | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    period: Period = Period()
    participant: tuple[TeamMember, ...] = ()
    organizations: tuple[Reference, ...] = Field(default=(), alias="managingOrganization")


class EpisodeOfCare(Resource):
    kind = "EpisodeOfCare"
    status: Text
    patient: Reference | None = None
    period: Period = Period()
    team: tuple[Reference, ...] = ()


class Attendee(Part):
    individual: Reference | None = None


class Encounter(Resource):
    kind = "Encounter"
    status: Text
    class_: Coding = Field(default=Coding(), alias="class")
    subject: Reference | None = None
    period: Period = Period()
    participant: tuple[Attendee, ...] = ()
    provider: Reference | None = Field(default=None, alias="serviceProvider")


class Invitee(Part):
    actor: Reference | None = None
    status: Text | None = None


class Appointment(Resource):
    kind = "Appointment"
    status: Text
    start: Date | None = None
    end: Date | None = None
    participant: tuple[Invitee, ...] = ()


class Performer(Part):
    actor: Reference | None = None


class Procedure(Resource):
    kind = "Procedure"
    status: Text
    subject: Reference | None = None
    performed_at: Date | None = Field(default=None, alias="performedDateTime")
    performed: Period = Field(default=Period(), alias="performedPeriod")
    performer: tuple[Performer, ...] = ()


class ServiceRequest(Resource):
    kind = "ServiceRequest"
    status: Text
    code: CodeableConcept = CodeableConcept()
    subject: Reference | None = None
    authored: Date | None = Field(default=None, alias="authoredOn")
    performer: tuple[Reference, ...] = ()
    performer_type: CodeableConcept = Field(default=CodeableConcept(), alias="performerType")
    locations: tuple[Reference, ...] = Field(default=(), alias="locationReference")


class DeviceRequest(Resource):
    kind = "DeviceRequest"
    status: Text | None = None
    subject: Reference | None = None
    authored: Date | None = Field(default=None, alias="authoredOn")
    requester: Reference | None = None
    performer: Reference | None = None


class CarePlan(Resource):
    kind = "CarePlan"
    status: Text | None = None
    subject: Reference | None = None
    created: Date | None = None
    period: Period = Period()
    author: Reference | None = None
    contributor: tuple[Reference, ...] = ()


class Observation(Resource):
    kind = "Observation"
    status: Text
    subject: Reference | None = None
    effective_at: Date | None = Field(default=None, alias="effectiveDateTime")
    effective: Period = Field(default=Period(), alias="effectivePeriod")
    issued: Date | None = None
    performer: tuple[Reference, ...] = ()


PEOPLE_AND_PLACES: tuple[type[Resource], ...] = (
    Patient, RelatedPerson, Practitioner, PractitionerRole, Organization, Location, HealthcareService,
)  # fmt: skip
CARE: tuple[type[Resource], ...] = (
    CareTeam, EpisodeOfCare, Encounter, Appointment, Procedure, ServiceRequest, DeviceRequest, CarePlan, Observation,
)  # fmt: skip
READ: dict[str, type[Resource]] = {kind.kind: kind for kind in (*PEOPLE_AND_PLACES, *CARE)}


def without_nulls(body: dict[str, Any]) -> dict[str, Any]:
    """The body without members that are null: FHIR has none, exporters write them."""
    return {name: value for name, value in body.items() if value is not None}
