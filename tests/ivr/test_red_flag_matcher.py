"""The red flags are heard in both languages, with errors of hearing and typing, and ordinary talk is let be.

Longer than 300 lines because the phrases that must be heard, and those that must not, are listed one by one.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.content import Flag, LongOver, RedFlags
from ivr.red_flags import Hit, Matcher, look, remembering
from tests.ivr.conversation import shipped

EMERGENCY = """
chest pain
I have chest pain
my chest is really tight
there's a pressure in my chest
feels like an elephant sitting on my chest
I think I'm having a heart attack
my husband is having a hart attack
pain going down my arm
I have a pain in my jaw and left arm
chset pain
chest pane since this morning
I can't breathe
I cannot breathe
he can't catch his breath
shortness of breath
I'm short of breath
short of bread
she's choking
her lips are blue
he is gasping
I think I'm having a stroke
his face is drooping
my speech is slurred
I can't lift my arm
sudden numbness on one side
suddenly weak on my left side
my bleeding won't stop
heavy bleeding
I hit my head
I fell and I can't get up
he's unconscious
she passed out
my son had a seizure
my throat is swelling
my tongue is swelling up
anaphylaxis
she swallowed bleach
I took too many pills
overdose
I'm pregnant and bleeding
my sugar is low and I'm shaking and confused
my calf is swollen and I'm short of breath
my baby is limp
my two month old has a fever
no I have chest pain
no, chest pain
me duele el pecho
tengo dolor en el pecho
presión en el pecho
siento una opresión en el pecho
ataque al corazón
creo que es un infarto
no puedo respirar
me falta el aire
me ahogo
tiene los labios azules
derrame cerebral
tiene la cara caída
habla arrastrada
no puedo mover el brazo
debilidad repentina
sangrado que no para
me golpeé la cabeza
me caí y no puedo levantarme
está inconsciente
se desmayó
tiene convulsiones
hinchazón de garganta
se me hincha la lengua
tomé veneno
tomé demasiadas pastillas
sobredosis
estoy embarazada y tengo sangrado
está temblando y confundida y tiene el azúcar baja
no me siento bien tengo dolor de pecho
mi bebé está flojo
mi bebé de dos meses tiene fiebre
my breathing is getting worse I can't talk
chest hrut real bad
she's not getting any oxygen
I can't pull in any air
batalla para respirar mi mamá
se le va el aire a mi esposo
se me corta la respiración
mi papá tiene la boca de lado
se le ladeó la cara
me pasé de pastillas
me tomé más de la cuenta de mis pastillas
me inyecté demasiada insulina
I took more pills than I was supposed to
me di un golpe en la kabeza
mi mamá se cayó de cabeza
she whacked her forehead on the door
anda atarantado, trae baja la azúcar
no sabe ni quién es y el azúcar está en 45
mi niña tiene 20 días de nacida y tiene calentura
my baby was born two weeks ago and he has a fever
mi hijo de un mes trae temperatura de 38.4
el recién nacido está ardiendo
""".strip().splitlines()
CRISIS = """
I want to kill myself
I am suicidal
I don't want to live anymore
I want to end my life
I feel like hurting myself
I want to hurt someone
I'd be better off dead
quiero matarme
me quiero quitar la vida
no quiero vivir
quiero hacerme daño
pienso en el suicidio
thoughts of sue side
sue a cide
quisiera dejar de existir
""".strip().splitlines()
NURSE = """
my husband hits me
I'm not safe at home
my water broke
the baby isn't moving
my sugar is 45
my blood sugar is over 400
my sugar is four hundred and fifty
ketones in my urine
my calf is swollen
my calf hurts
pain in the back of my calf
my caff is swollen
my hip popped out
I think I dislocated my hip
one leg is shorter than the other
my wound is open
there's pus coming out of the incision
I have a fever of 101
fever of 102
I have a temperature of one oh two
I fell yesterday
my foot is numb
no chest pain
I don't have chest pain
mi esposo me pega
no estoy segura en mi casa
el bebé no se mueve
rompí fuente
tengo el azúcar muy alta
tengo el azúcar muy baja
me duele la pantorrilla
tengo la pantorrilla hinchada
se me salió la cadera
tengo la herida abierta
sale pus de la herida
tengo fiebre
me caí ayer
no tengo dolor de pecho
mi nieto me está pegando
mi cuidador me lastima
mi hija me trata mal
mi hijo me hace daño
mi yerno abusa de mí
temp of thirty eight point five
I fell off the couch and my hearing aid broke
""".strip().splitlines()
ROUTINE = """
my hip is sore after exercises
how many times a day should I do my exercises
I can't do the breathing exercises
can I sleep on my side
when can I drive again
I'd like to reschedule my appointment
what time is my appointment tomorrow
I need a refill of my medicine
can I take a shower with the bandage on
should I use ice or heat after exercises
how do I do calf raises
is it normal that my knee is stiff in the morning
I want to talk to my therapist
how long do I need to use the walker
can I take tylenol before my exercises
do I need to take my blood pressure medicine
my knee clicks when I bend it
can you check my blood test results
I fell asleep and missed the call
quiero cambiar mi cita
cuántas veces al día hago los ejercicios
me duele un poco la cadera después de los ejercicios
puedo dormir de lado
cuándo puedo manejar
necesito más medicina
quiero hablar con mi terapeuta
cómo hago los ejercicios de respiración
a qué hora es mi cita
tengo una pregunta sobre mis ejercicios
my leg is tired after walking
how high should I lift my leg
I lost my exercise sheet
I lost my paper
I can't find my exercise sheet
I can't lift my leg as high as last week
my muscles are sore after therapy
I can't remember my PIN
the exercise where I raise my arm is hard
how do I get up from the chair
what do I do if I can't come tomorrow
my brother will drive me
can someone call me back about my bill
what number of repetitions should I do
nurse please
operator
therapy
my therapist please
mumble
medicine
english
español
me llaman por favor
no puedo ir mañana a la terapia
puedo subir escaleras
me siento mejor hoy
tengo que seguir usando el andador
my knee is a little swollen after exercises
is some swelling normal
can I get off the floor
do I put ice on my knee
how do I put on my compression stockings
I have trouble sleeping
when are my stitches coming out
cuándo me quitan los puntos
me toca la terapia hoy
mi rodilla truena cuando la doblo
I feel better today
I'm tired of doing these exercises do I have to go on
I don't want to go on with these exercises
how do I take care of my incision
when can I take the bandage off
the tip of my cane fell off
el velcro de la faja se cayó
se me cayó la rueda del andador
quiero evitar caídas
me muero de ganas de bailar
do you have a slot to remove the stitches
quiero salir al aire libre
mi hija me cuida
puedo dormir boca arriba o de lado
me puse la inyección de insulina a las ocho
can I bend my knee to 38 degrees
tengo un mes con la terapia
me dio dolor de cabeza con los ejercicios
the sensor on my arm fell off
mi fecha de nacimiento es 22 de febrero del 1926
mi tía me lleva a la terapia
el omeprazol va antes del desayuno
do the sensors get shipped to the house
se me cayó la costra y está rosita
the scab fell off and the skin is pink
casi me da un infarto cuando vi la cuenta
I about had a heart attack when I opened that bill
I need my records from when I had my stroke in 2017
is the office in Sugar Land open
my EpiPen expires next month
""".strip().splitlines()


# Danger amid the talk that patients of this center talk: about exercises, therapy, a question, their operation.
AMID_EXERCISES = """
emergency: I am calling about my exercises I have chest pain
emergency: my chest hurts when I do my exercises
emergency: should I do my exercises if I have chest pain
emergency: I have chest pain with the hip exercises
emergency: chest pain during physical therapy
emergency: question for my therapist about chest pain
emergency: I am short of breath when I do my exercises
emergency: I have trouble breathing when I do my exercises
emergency: I get chest pressure when I do the exercises
emergency: can I keep my appointment I have chest pain
emergency: is chest tightness normal after therapy
emergency: I would like to speak with my therapist because I can't breathe
emergency: I passed out doing my exercises
emergency: I fainted at therapy yesterday should I come today
emergency: I have a concussion
emergency: I hit my head doing the balance exercises
emergency: my face is drooping should I still come to therapy
emergency: my chest hurts when I do my exercises and I do not want to be alive any more
emergency: my chest hurts when I do my exercises and he hits me when I do the exercises
emergency: I want to reschedule my therapy my lips are blue
nurse: I have a blood clot
nurse: is it ok to exercise with a blood clot
nurse: my calf is swollen after surgery should I still do the exercises
nurse: my calf hurts when I do the heel raises
nurse: can I do my exercises with a fever
nurse: question about my exercises my incision is open
nurse: I fell doing my exercises
nurse: my foot is numb after the hip exercises
nurse: should I come to therapy with pus on my wound
nurse: my hip popped out during the exercises
emergency: me duele el pecho cuando hago los ejercicios
emergency: me falta el aire cuando hago los ejercicios
emergency: tengo dolor de pecho con los ejercicios de la cadera
emergency: puedo hacer los ejercicios si tengo dolor de pecho
emergency: una pregunta para mi terapeuta sobre el dolor de pecho
emergency: no puedo respirar cuando hago la terapia
emergency: siento presión en el pecho en la terapia física
emergency: me desmayé haciendo los ejercicios
emergency: me pegué en la cabeza haciendo los ejercicios
emergency: quiero cambiar mi cita me duele el pecho
emergency: se me durmió la cara haciendo los ejercicios
emergency: me mareo y me desmayo en la terapia
emergency: after the leg lifts I can't catch my breath
emergency: my heart races and I feel faint with the exercises
emergency: is it normal to have chest pain after hip replacement exercises
emergency: the exercise sheet says stop if chest pain and I have chest pain
crisis: I want to cancel my appointment because I want to kill myself
crisis: quiero cancelar la cita porque me quiero matar
nurse: can I do physical therapy with a DVT
nurse: my husband hits me so I can't come to therapy
nurse: my therapist said to call because my calf is red and hot
nurse: se me abrió la herida con los ejercicios
nurse: puedo hacer terapia si tengo un trombo en la pierna
nurse: tengo un coágulo puedo hacer los ejercicios
nurse: tengo la pantorrilla hinchada puedo seguir con los ejercicios
nurse: me duele la pantorrilla cuando hago los ejercicios
nurse: puedo ir a la terapia con fiebre
nurse: me caí haciendo los ejercicios
nurse: una pregunta sobre mis ejercicios la herida está abierta
nurse: tengo el pie dormido después de los ejercicios
nurse: mi esposo me pega cuando hago los ejercicios
""".strip().splitlines()
# What happened long ago, and idioms: nothing of it is listened to.
LONG_OVER = """
I had a stroke in 2014
in 2016 I had a blood clot
twenty three years ago I had a heart attack
when I was a kid, I had seizures
I fell off a ladder in 2012
hace nueve años tuve un derrame
tuve un infarto en 2015
de niño tuve convulsiones, ¿lo pongo en el formulario?
my father died of a stroke
the copay almost gave me a heart attack
casi me da un infarto cuando vi la cuenta
that cream costs an arm and a leg
""".strip().splitlines()
# Words of what is long over, of papers or of an idiom, and danger beside them.
BESIDE_HARMLESS = """
I had a heart attack in 2014 and I need my records and I have chest pain
I need the records of my stroke in 2016 and my face is drooping
I nearly had a heart attack when I saw the bill and now I have chest pain
my EpiPen expires soon and my throat is swelling
the scab fell off and I can't breathe
the poison ivy cream is gone and he swallowed bleach
I had a stroke in 2019 it is in my records and my arm went weak again
I had a heart attack two years ago it is in my history and it feels the same now
mi tía no puede respirar
mi tía tuvo un derrame ahora mismo
se me cayó la costra y me duele el pecho
en febrero me operaron y me falta el aire
me desmayé en el desayuno
I had a stroke in 2015 and I'm having one again
my heart attack was in 2012 and it feels the same today
I had my knee done in 2019 I fell and hit my head
my mother died of a stroke and I think I am having a stroke
in 2016 I had a blood clot and I think I'm having a stroke
what are the signs of a stroke my wife can't talk and her face fell
as a kid I had seizures and my son is seizing right now
heart attacks run in my family and I have chest pain
la cuenta casi me da un infarto pero de veras me duele el pecho
las medias me quedan bien pero me aprieta el pecho
mi papá murió de un infarto y creo que me está dando un infarto
en 2016 tuve un infarto piden los papeles y me duele el pecho
""".strip().splitlines()


def action(text: str) -> str | None:
    hit = look(shipped(), text)
    return hit.action if hit else None


@pytest.mark.parametrize("text", EMERGENCY)
def test_an_emergency_is_heard(text: str):
    assert action(text) == "emergency"


@pytest.mark.parametrize("text", CRISIS)
def test_a_crisis_is_heard(text: str):
    assert action(text) == "crisis"


@pytest.mark.parametrize("text", NURSE)
def test_what_a_nurse_must_hear_of_is_heard(text: str):
    assert action(text) == "nurse"


@pytest.mark.parametrize("text", ROUTINE)
def test_ordinary_talk_is_no_red_flag(text: str):
    assert action(text) is None


@pytest.mark.parametrize("line", AMID_EXERCISES)
def test_danger_amid_talk_of_exercises_is_heard(line: str):
    expected, _, text = line.partition(": ")
    assert action(text) == expected


@pytest.mark.parametrize("text", BESIDE_HARMLESS)
def test_what_is_long_over_hides_no_danger_beside_it(text: str):
    by_cues = Matcher(shipped().red_flags).look(text)
    assert by_cues is not None and by_cues.action == action(text) == "emergency"


@pytest.mark.parametrize("text", LONG_OVER)
def test_what_is_long_over_and_idioms_are_no_red_flag(text: str):
    assert action(text) is None


@pytest.mark.parametrize("over", LONG_OVER)
def test_no_emergency_is_hidden_by_what_is_said_right_before_it(over: str):
    by_cues = Matcher(shipped().red_flags)
    heard = [(text, by_cues.look(f"{over} and {text}")) for text in EMERGENCY]
    assert [text for text, hit in heard if hit is None or hit.action != "emergency"] == []


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("a stroke in 2014", False),
        ("a small stroke at home in 2014", False),
        ("in 2014 they told me of a stroke", False),
        ("in 2014, a stroke", False),
        ("a stroke", True),
        ("a stroke, in 2014 my knee was done", True),
        ("my knee was done in 2014 a stroke", True),
        ("in 2014 my knee was done, a stroke", True),
        ("in 2014 my knee was done and a stroke", True),
        ("a stroke and my knee in 2014", True),
        ("in 2014 a stroke stroke", True),
        ("a stroke in 2014 and it happens again", True),
    ],
)
def test_a_date_is_that_of_the_event_beside_it(text: str, heard: bool):
    over = LongOver(events=("stroke",), dates=("in_1940..2025",), again=("again",))
    matcher = Matcher(RedFlags(long_over=over, flags={"x": Flag(nurse=("stroke",))}))
    assert (matcher.look(text) is not None) == heard


def test_of_harmless_words_those_that_stand_closest_together_are_let_be():
    flags = RedFlags(harmless=("stroke poster",), flags={"x": Flag(nurse=("stroke",))})
    assert Matcher(flags).look("a stroke poster") is None
    assert Matcher(flags).look("a poster of a stroke and a stroke")


@settings(deadline=None)  # a busy machine is no fault of ours
@given(
    text=st.sampled_from([*EMERGENCY, *CRISIS, *NURSE]),
    before=st.sampled_from(["", "um ", "hello, ", "Good morning. ", "hola, ", "este "]),
    after=st.sampled_from(["", " please", ".", " since this morning", " desde ayer"]),
    change=st.sampled_from([str, str.upper, str.title, lambda text: text.replace("'", "\u2019")]),
)
def test_case_fillers_and_politeness_change_nothing(text, before, after, change):
    assert action(change(before + text + after)) == action(text)


@pytest.mark.parametrize("text", ["I lost my paper. She passed out", "I lost my paper she passed out"])
def test_ordinary_talk_hides_no_emergency_beside_it(text: str):
    assert action(text) == "emergency"
    assert action("can I pass out papers") is None


@settings(deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_at_all_is_looked_at(text: str):
    assert action(text) in (None, "emergency", "crisis", "nurse")


@given(text=st.sampled_from(EMERGENCY), sentence=st.sampled_from(ROUTINE))
def test_an_emergency_is_heard_beside_ordinary_talk(text: str, sentence: str):
    assert action(f"{sentence}. {text}") == "emergency"


@pytest.mark.parametrize("text", [text for text in EMERGENCY if " " in text])
def test_denying_an_emergency_never_makes_it_nothing(text: str):
    assert action(f"I do not have {text}") in ("emergency", "nurse")
    assert action(f"no tengo {text}") in ("emergency", "nurse")


def test_the_most_urgent_flag_decides():
    assert action("my calf is swollen and I took too many pills because I want to kill myself") == "emergency"


def test_a_hit_names_flag_action_and_list_but_no_word_of_the_callers():
    assert look(shipped(), "my calf is swollen") == Hit("after_surgery", "nurse", shipped().version[:12])


def test_without_a_list_nothing_is_heard():
    assert Matcher(RedFlags()).look("chest pain") is None


def test_a_cue_is_made_of_words_in_any_order_near_each_other():
    flags = RedFlags(within=2, groups={"bad": ("burn*", "in_flames")}, flags={"x": Flag(nurse=("house <bad>",))})
    matcher = Matcher(flags)
    assert matcher.look("there is burning in the house")
    assert matcher.look("the house is in flames")
    assert matcher.look("the huose burnt")
    assert matcher.look("the house of my dear uncle was burning") is None
    assert matcher.look("in the house of flames") is None


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        *((text, True) for text in ("102", "101.5", "one oh two", "a hundred and one", "ciento dos")),
        *((text, False) for text in ("99", "98.6", "ninety eight", "noventa y nueve")),
    ],
)
def test_numbers_are_heard_in_digits_and_in_words(text: str, heard: bool):
    matcher = Matcher(RedFlags(flags={"hot": Flag(nurse=("101..110",))}))
    assert (matcher.look(f"it was {text} this morning") is not None) == heard


def test_a_walk_has_a_text_looked_at_once_and_nothing_is_kept_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    content, looked = shipped(), list[str]()
    look_for_real = Matcher._look

    def counted(matcher: Matcher, text: str) -> Hit | None:
        looked.append(text)
        return look_for_real(matcher, text)

    monkeypatch.setattr(Matcher, "_look", counted)
    with remembering(content):
        found = [look(content, text) for text in ("I have chest pain", "yes", "I have chest pain", "yes")]
    assert looked == ["I have chest pain", "yes"]
    assert found[0] is not None and found[0].action == "emergency" and found == [found[0], None] * 2
    look(content, "yes")
    assert looked == ["I have chest pain", "yes", "yes"]
