"""The part of FHIR R4 that the directory reads, as types. What is not named here is ignored, never an error."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

TIMEZONE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/timezone"


class Part(BaseModel):
    """A frozen piece of a resource."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Period(Part):
    start: str | None = None
    end: str | None = None


class Coding(Part):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Part):
    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Identifier(Part):
    system: str | None = None
    value: str | None = None


class Reference(Part):
    reference: str | None = None
    identifier: Identifier | None = None


class HumanName(Part):
    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: tuple[str, ...] = ()


class ContactPoint(Part):
    system: str | None = None
    value: str | None = None
    use: str | None = None
    period: Period | None = None


class Address(Part):
    use: str | None = None
    postal_code: str | None = Field(default=None, alias="postalCode")


class Communication(Part):
    language: CodeableConcept = CodeableConcept()
    preferred: bool = False


class Link(Part):
    type: str


class Extension(Part):
    url: str
    code: str | None = Field(default=None, alias="valueCode")


class Resource(Part):
    """What every resource has. `key` is how other resources name it: "Patient/123"."""

    kind: ClassVar[str]
    id: str = Field(max_length=64, pattern=r"^[A-Za-z0-9\-.]+$")
    identifier: Any = None

    @property
    def key(self) -> str:
        """The relative reference to this resource."""
        return f"{self.kind}/{self.id}"


class Patient(Resource):
    kind = "Patient"
    active: bool = True
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    birth_date: str = Field(default="", alias="birthDate")
    deceased_boolean: bool = Field(default=False, alias="deceasedBoolean")
    deceased_at: str | None = Field(default=None, alias="deceasedDateTime")
    address: tuple[Address, ...] = ()
    communication: tuple[Communication, ...] = ()
    link: tuple[Link, ...] = ()


class Qualification(Part):
    code: CodeableConcept


class Practitioner(Resource):
    kind = "Practitioner"
    active: bool = True
    name: tuple[HumanName, ...] = ()
    communication: tuple[CodeableConcept, ...] = ()
    qualification: tuple[Qualification, ...] = ()


class PractitionerRole(Resource):
    kind = "PractitionerRole"
    active: bool = True
    period: Period = Period()
    practitioner: Reference | None = None
    code: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    location: tuple[Reference, ...] = ()


class TeamMember(Part):
    role: tuple[CodeableConcept, ...] = ()
    member: Reference | None = None
    period: Period = Period()


class CareTeam(Resource):
    kind = "CareTeam"
    status: str | None = None
    subject: Reference | None = None
    period: Period = Period()
    participant: tuple[TeamMember, ...] = ()


class Attendee(Part):
    individual: Reference | None = None


class Encounter(Resource):
    kind = "Encounter"
    status: str
    subject: Reference | None = None
    period: Period = Period()
    participant: tuple[Attendee, ...] = ()


class Invitee(Part):
    actor: Reference | None = None
    status: str | None = None


class Appointment(Resource):
    kind = "Appointment"
    status: str
    start: str | None = None
    end: str | None = None
    participant: tuple[Invitee, ...] = ()


class Location(Resource):
    kind = "Location"
    name: str = ""
    extension: tuple[Extension, ...] = ()


class Organization(Resource):
    kind = "Organization"
    name: str = ""


READ: dict[str, type[Resource]] = {
    kind.kind: kind
    for kind in (Patient, Practitioner, PractitionerRole, CareTeam, Encounter, Appointment, Location, Organization)
}
