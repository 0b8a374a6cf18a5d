# Cada frase que el centro dice en español. De usted; palabras cortas; siempre "oprima" para las teclas.
# { $name } lo completa la llamada. Cada mensaje lleva las mismas variables en todos los idiomas.

### Las primeras palabras

emergency = Si es una emergencia, cuelgue y marque el 9 1 1.
welcome = Gracias por llamar al centro de atención a pacientes.
choose-language = Para español, oprima el { $key ->
    [1] uno
    [2] dos
    [3] tres
   *[other] { $key }
}.
more-time = Si necesita más tiempo, oprima el { $key }.

### Menús

menu-option = Para { $label }, oprima el { $key ->
    [0] cero
   *[other] { $key }
}.
menu-again = Le repito las opciones.
callback-about = ¿Sobre qué quiere que le llamemos?
message-about = ¿Sobre qué es su mensaje?
repeat = Para repetir, oprima asterisco.
press-zero = Para hablar con una persona, oprima el cero.
option-therapy = ejercicios o terapia después del hospital
option-nurse = hablar con una enfermera
option-clinic = medicinas o el consultorio de su médico
option-callback = que le llamemos
option-promise = una llamada que le prometimos
option-person = cualquier otra cosa
service-therapy = ejercicios o terapia
service-nurse = una pregunta de enfermería
service-clinic = medicinas o el consultorio
service-callback = que le llamemos
service-promise = una llamada que le prometimos
service-person = hablar con una persona
role-therapy = su fisioterapeuta
role-nurse = de enfermería
role-clinic = del consultorio de su médico
language-en = inglés
language-es = español

### Cómo se le habla

slow-on = Muy bien. Tómese todo el tiempo que necesite.
slow-off = Muy bien. Seguimos al ritmo normal.
other-language = Para español, oprima el { $key }.

### Si le entendimos bien

heard-words = Entendí: { $words }.
heard-date = Entendí: { $date }.
heard-keys = Si es correcto, oprima el 1 o diga sí. Si no, oprima el 2.

### Lo que se puede decir, además de las palabras de los menús: una lista después de cada nombre; nosotros no la decimos

words-yes = sí, si, claro, correcto, así es, está bien, bueno
words-no = no, incorrecto, está mal, no es correcto
words-person = operadora, operador, persona, una persona, alguien, representante, agente, ayuda
words-repeat = repita, repetir, otra vez, cómo, qué dijo
words-back = regresar, volver, atrás, menú principal
words-slow = más tiempo, más despacio, más lento, muy rápido, servicio de retransmisión, servicio de relevo, relevo, relay, TTY, teléfono con subtítulos
words-callback = llamada de vuelta, llamada, llámeme, llámenme, que me llamen
words-message = mensaje, dejar un mensaje, recado
words-wait = esperar, sigo esperando, espero
words-next = quien esté libre, la siguiente, el siguiente, cualquiera
words-other = otro número, otro teléfono, número diferente
words-cut-off = se cortó, me cortaron, se perdió
words-questions = las preguntas, dos preguntas, encuesta
words-keep = dejarla así, déjela, mantenerla, mantener, conservarla, conservar
words-cancel = cancelarla, cancelar, cancele, cancélela
words-move = otra hora, otro horario, otro momento, cambiarla, reprogramarla, elegir la hora
words-else = otra cosa, otro asunto
words-first = la primera, el primero, primera, primero, uno
words-second = la segunda, el segundo, segunda, segundo, dos
words-third = la tercera, el tercero, tercera, tercero, tres
words-digits = cero, uno, dos, tres, cuatro, cinco, seis, siete, ocho, nueve

### Quién llama

birth-date = Por favor diga la fecha de nacimiento del paciente, o márquela con 8 dígitos. Son dos para el mes, dos para el día y cuatro para el año.
birth-date-again = Por favor marque la fecha de nacimiento del paciente con 8 dígitos: dos para el mes, dos para el día y cuatro para el año.
second-proof = Ahora marque su PIN, o el código que le dimos. Luego oprima la tecla numeral, o gato. Si llama por otra persona, marque el código que le dimos a usted. Si no tiene PIN ni código, oprima el cero.
second-proof-again = Marque su PIN de 4 dígitos, o su código de 6 dígitos. Luego oprima la tecla numeral, o gato.
did-not-match = Lo siento, los datos no coinciden. Intentemos otra vez.

### Una persona

someone-will-help = Voy a buscar a alguien que le ayude.
connecting-person = Por favor, no cuelgue. Ahora le comunico.
goodbye = Gracias. Adiós.

### La espera

finding-someone = Gracias. Estoy buscando a la persona que le puede ayudar.
own-ready = Estoy llamando a { $own }, { $role }.
own-busy = { $own }, { $role }, está con otro paciente. { $own } u otra persona del equipo le atenderá lo antes posible.
own-away = { $own }, { $role }, no puede contestar ahora. Otra persona del equipo le atenderá lo antes posible.
wait-choices = Por favor, no cuelgue. Para que le llamemos sin perder su lugar en la fila, oprima el 2.
offer-operator = Para hablar con la operadora, oprima el cero.
wait-comfort = Gracias por esperar. Usted sigue en la fila.
place-kept = Le guardamos su lugar en la fila.
keep-waiting = Muy bien. Usted sigue en la fila.
sorry-lost = Lo siento, se perdió la conexión. Usted es la primera persona en la fila.
connecting-now = Le comunico ahora.
talk-over = Su llamada terminó. Si se cortó, oprima el 1.
may-hang-up = Si no, puede colgar.

### A quién esperar

own-busy-until = { $own }, { $role }, está con un paciente más o menos hasta { $time }.
own-is-busy = { $own }, { $role }, está con otro paciente.
offer-wait-own = Para esperar a { $own }, oprima el 1.
offer-callback-own = Para que { $own } le llame, oprima el 2.
offer-next = Para hablar con la primera persona del equipo que esté libre, oprima el 3.
chose-own = Muy bien. Usted está en la fila para hablar con { $own }.
chose-next = Muy bien. Le comunicaré con la primera persona del equipo que esté libre.
own-or-colleague = { $own } u otra persona del equipo le atenderá lo antes posible.
own-gone = { $own } no puede contestar ahora. Le comunicaré con la primera persona del equipo que esté libre.
wait-own-choices = Usted sigue en la fila para hablar con { $own }. Para que le llamemos, oprima el 2. Para hablar con la primera persona del equipo que esté libre, oprima el 3.
wait-range = La espera es de entre { $low } y { $high } minutos, más o menos.
wait-about = La espera es de más o menos { $minutes ->
    [one] 1 minuto
   *[other] { $minutes } minutos
}.
wait-under = La espera es de menos de { $minutes ->
    [one] 1 minuto
   *[other] { $minutes } minutos
}.
position-next = Usted es la siguiente persona en la fila.
position = Usted es el número { $position } en la fila.
position-many = Hay más de { $most } personas antes que usted.

### Una llamada de vuelta

callback-caller = ¿Quiere que le llamemos al número desde el que nos llama, que termina en { $digits }?
callback-entered = ¿Quiere que le llamemos al { $digits }?
callback-confirm-keys = Si es así, oprima el 1. Para usar otro número, oprima el 2.
callback-keep-waiting = Para seguir esperando, oprima el 3.
callback-number = Por favor marque el teléfono al que debemos llamar. Son 10 dígitos, con el código de área.
callback-number-again = Marque 10 dígitos, con el código de área.
callback-refused = Lo siento, no podemos llamar a ese número.
callback-promise = Le llamaremos al número que termina en { $digits }, en cuanto alguien esté libre. No pierde su lugar en la fila. Por favor tenga su teléfono cerca.
callback-promise-own = { $own }, { $role }, u otra persona del equipo le llamará en cuanto pueda. La llamada será al número que termina en { $digits }. No pierde su lugar en la fila. Por favor tenga su teléfono cerca.
callback-promise-when = Le llamaremos cuando abramos, { $when }. La llamada será al número que termina en { $digits }.

### Nadie puede atender

closed = En este momento estamos cerrados.
closed-holiday = Hoy estamos cerrados por ser día festivo.
nobody-on-duty = Lo siento, en este momento no hay nadie que le pueda ayudar con esto.
nobody-answered = Lo siento, nadie pudo contestar su llamada.
long-wait = Lamento que tenga que esperar tanto.
offer-callback = Para que le llamemos, oprima el 1.
offer-callback-when = Para que le llamemos cuando abramos, { $when }, oprima el 1.
offer-message = Para dejar un mensaje, oprima el 2.
offer-keep-waiting = Para seguir esperando, oprima el 3.
offer-person = Para hablar con una persona ahora, oprima el cero.

### Un mensaje

message-start = Después del tono, por favor diga el nombre y la fecha de nacimiento del paciente, y su mensaje. Al terminar, oprima la tecla numeral, o gato.
message-again = No escuché ningún mensaje. Por favor hable después del tono. Al terminar, oprima la tecla numeral, o gato.
message-thanks = Tenemos su mensaje. Alguien de nuestro equipo le llamará en menos de { $hours ->
    [one] 1 hora
   *[other] { $hours } horas
}.
message-thanks-own = Tenemos su mensaje. { $own }, { $role }, u otra persona del equipo le llamará en menos de { $hours ->
    [one] 1 hora
   *[other] { $hours } horas
}.
message-thanks-when = Tenemos su mensaje. Alguien de nuestro equipo le llamará cuando abramos, { $when }.
message-callback = Lo siento, no pude escucharle. Alguien de nuestro equipo llamará al número que termina en { $digits }.
message-none = Lo siento, no pude escucharle. Por favor llámenos otra vez.

### El teléfono del personal: nada del paciente antes de la tecla

offer-greeting = El centro de atención tiene una llamada para usted. Para tomarla, oprima el 1. Para pasarla a otra persona, oprima el 2.
offer-gone = Esta llamada ya fue atendida. Gracias.
caller-gone = La persona que llamaba colgó. Gracias.
offer-passed = Muy bien. Le preguntaré a otra persona. Gracias.
offer-no-key = No escuché ninguna tecla. Le preguntaré a otra persona.
offer-no-key-away = Otra vez no escuché ninguna tecla. Su línea quedó en pausa. Para recibir llamadas, cambie su estado a disponible.
offer-missed = Usted no contestó dos llamadas, así que su línea quedó en pausa por un tiempo.
patient-lost = El paciente no entró a la llamada. Nosotros nos encargamos. Gracias.
patient-not-reached = No pudimos comunicarnos con el paciente. Lo intentaremos otra vez. Gracias.
clinician-done = La llamada terminó. Gracias.
operator-caller-proved = Ya se verificó la identidad de la persona que llama.
operator-caller-hint = Identidad sin verificar. El número que llama está en el expediente de un paciente. Pida dos datos de identificación.
operator-caller-unknown = Identidad sin verificar.
whisper-call-own = { $patient }, paciente suyo. Identidad verificada.
whisper-call-patient = { $patient }. Identidad verificada.
whisper-proxy-own = { $proxy } llama por { $patient }, paciente suyo. Identidad verificada.
whisper-proxy-patient = { $proxy } llama por { $patient }. Identidad verificada.
whisper-unproved = Una persona. Identidad sin verificar.
whisper-callback-own = Llamada de vuelta para { $patient }, paciente suyo. Confirme quién contesta.
whisper-callback-patient = Llamada de vuelta para { $patient }. Confirme quién contesta.
whisper-callback-unproved = Llamada de vuelta. Identidad sin verificar.
whisper-about = Motivo de la llamada: { $about }.
whisper-language = La persona habla { $language }.
whisper-waited = Esperó { $seconds ->
    [one] 1 segundo
   *[other] { $seconds } segundos
}.
whisper-waited-minutes = Esperó { $minutes ->
    [one] 1 minuto
   *[other] { $minutes } minutos
}.
whisper-ringing = No cuelgue mientras llamo.

### El teléfono del paciente, cuando le llamamos: puede oír una máquina

return-greeting = Le llamamos del centro de atención a pacientes para devolverle su llamada. Para hablar con nosotros, oprima el 1. Si ya no nos necesita, oprima el 2. Si no está la persona que nos llamó, oprima el 3. Para que ya no le llamemos, oprima el 9.
return-greeting-unasked = Le llamamos del centro de atención a pacientes. Para hablar con nosotros, oprima el 1. Si no desea esta llamada, oprima el 2. Si no está el paciente, oprima el 3. Para que ya no le llamemos, oprima el 9.
return-sorry = Lo siento, se perdió la conexión. Le llamaremos otra vez.
return-not-wanted = Muy bien. No le llamaremos más por esto. Adiós.
return-call-us = Le llamamos del centro de atención a pacientes. Por favor llámenos cuando pueda. Si es una emergencia, marque el 9 1 1. Adiós.

### El teléfono de la operadora

operator-greeting = Una llamada del centro de atención a pacientes. Para tomarla, oprima el 1.

# The phone of somebody who is asked into a talk
guest-greeting = {$colleague}, del centro de atención, le pide que se una a una llamada. Para unirse, oprima el 1. Si no puede, oprima el 2.
guest-greeting-interpreter = El centro de atención necesita un intérprete. Para unirse a la llamada, oprima el 1. Si no puede, oprima el 2.
guest-not-needed = Ya no hace falta su ayuda en esta llamada. Gracias.
guest-enters = Va a entrar a una llamada con {$patient}.
guest-joins = Gracias. Va a entrar a la llamada.
guest-listens = Ahora puede escuchar. Nadie puede oírle a usted.
guest-coaches = Solo le oye quien atiende al paciente.
guest-thanks = Gracias. Hasta luego.

### Peligro: por lo que dijo, puede necesitar ayuda de inmediato. Lo aprueban clínicos, como las señales de alarma.

red-emergency = Esto puede ser una emergencia médica. Si puede, cuelgue ahora y marque el 9 1 1. Si se queda en la línea, le comunico con una enfermera.
red-crisis = Puede llamar o enviar un mensaje al 9 8 8 a cualquier hora, también en español. Le comunico con una persona ahora.
red-nurse = Le comunico con una enfermera ahora. Si es una emergencia, cuelgue y marque el 9 1 1.
red-quiet = Un momento, por favor. Le comunico ahora.
red-next = Por favor, no cuelgue. Estoy buscando a otra persona.
red-wait = Por favor, no cuelgue. Usted es la primera persona en la fila.
red-wait-emergency = Sigo buscando a una enfermera. Si puede, cuelgue y marque el 9 1 1.
red-wait-crisis = Por favor, no cuelgue. También puede llamar o enviar un mensaje al 9 8 8.
text-emergency = Puede ser una emergencia. Llame al 911 ahora. O llame a este teléfono para hablar con una enfermera.
text-crisis = Puede llamar o escribir al 988 a cualquier hora. O llame a este teléfono para hablar con alguien.
text-nurse = Por favor llame ahora a este teléfono para hablar con una enfermera. En una emergencia, llame al 911.
press-nine = Para ayuda urgente, oprima el 9.
whisper-red-emergency = Llamada con señal de alarma. Puede ser una emergencia.
whisper-red-crisis = Llamada con señal de alarma. La persona puede estar en crisis.
whisper-red-nurse = Llamada con señal de alarma. La persona necesita una enfermera ahora.

### Una llamada de vuelta: las horas y lo prometido

callback-on-file = ¿Quiere que le llamemos al número que usted nos pidió usar, que termina en { $digits }?
callback-other-time = Para elegir la hora de la llamada, oprima el 4.
callback-window = Para { $when }, oprima el { $number }.
callback-no-time = Lo siento, no encuentro una hora para llamarle. Por favor deje un mensaje y le llamaremos.
callback-full = Lo siento, ya no podemos prometer más llamadas para hoy.
callback-moved = Muy bien. Le llamaremos { $when }.
callback-promise-window = Le llamaremos { $when }. La llamada será al número que termina en { $digits }. Por favor tenga su teléfono cerca.
callback-promise-window-own = { $own }, { $role }, le llamará { $when }. La llamada será al número que termina en { $digits }. Por favor tenga su teléfono cerca.
callback-promise-by = Le llamaremos a más tardar { $latest }. La llamada será al número que termina en { $digits }. Por favor tenga su teléfono cerca.
offer-texts = Para recibir un mensaje de texto antes de la llamada, oprima el 1. Si no, puede colgar.
texts-wanted = Muy bien. Le enviaremos un mensaje de texto. Para no recibir más mensajes, conteste con la palabra stop.
my-callback-soon = Prometimos llamarle al número que termina en { $digits }, en cuanto alguien esté libre.
my-callback-by = Prometimos llamarle a más tardar { $latest }. La llamada será al número que termina en { $digits }.
my-callback-window = Prometimos llamarle { $when }. La llamada será al número que termina en { $digits }.
my-callback-keys = Para dejarlo así, oprima el 1. Para cancelar la llamada, oprima el 2. Para cambiar la hora, oprima el 3.
my-callback-another = Para una llamada sobre otro asunto, oprima el 4.
my-callback-none = No veo ninguna llamada pendiente para usted.
my-callback-stays = Muy bien. Le llamaremos.
my-callback-cancelled = Muy bien. No le llamaremos por esto.
promise-joined = Le prometimos una llamada. Usted conserva ese lugar en la fila.
own-later = { $own } está con un paciente. Puede llamarle { $when }. Para esa llamada, oprima el 1. Para seguir en la fila, oprima el 2.

### Quien atiende deja la llamada para después de su visita

offer-after-visit = Para llamar después de su visita, oprima el 3.
offer-when-free = ¿Cuándo puede llamar? Para llamar en 15 minutos, oprima el 1. Para llamar en 30 minutos, oprima el 2. Para llamar en 1 hora, oprima el 3.
offer-passed-until = Gracias. Le diré al paciente que usted puede llamarle en { $minutes ->
    [one] 1 minuto
   *[other] { $minutes } minutos
}.

### El teléfono del paciente cuando le llamamos: otras respuestas

return-wrong-person = Disculpe. Llamaremos más tarde. Adiós.
return-left-alone = Muy bien. No volveremos a llamar a este número. Adiós.
return-hold = Gracias. Un momento, por favor.
return-again = Lo siento, nadie está libre en este momento. Usted es la primera persona en la fila. Le llamaremos otra vez { $when }, o un poco más tarde. Adiós.
return-person = Lo siento, nadie está libre en este momento. Alguien de nuestro equipo se encargará y le llamará. Adiós.

### Mensajes de texto: hasta 160 caracteres del alfabeto GSM (sin á, í, ó, ú), nada personal

text-booked = Centro de pacientes: le llamaremos del { $center }, { $when }. Conteste C para cancelar, STOP para no recibir textos. Emergencia: 911.
text-booked-soon = Centro de pacientes: le llamaremos del { $center } lo antes posible. Conteste C para cancelar, STOP para no recibir textos. Emergencia: 911.
text-soon = Centro de pacientes: le llamaremos del { $center } en unos minutos. Conteste C para cancelar, STOP para no recibir textos. Emergencia: 911.
text-cancelled = Centro de pacientes: no le llamaremos. Si quiere la llamada, conteste K o llame al { $center }. Emergencia: 911.
text-cancelled-one = Centro de pacientes: esa llamada se cancela. Otra llamada sigue en pie. Si quiere ambas, conteste K o llame al { $center }. Emergencia: 911.
text-kept = Centro de pacientes: su llamada sigue en pie. Le llamaremos del { $center }. Conteste C para cancelar, STOP para no recibir textos. Emergencia: 911.
text-started = Centro de pacientes: podemos llamarle y escribirle otra vez. Conteste STOP para no recibir textos. Emergencia: 911.
text-calls-only = Centro de pacientes: por favor llame al { $center }. Conteste STOP para no recibir textos. Emergencia: 911.

### Junto a la llamada: el cierre mientras alguien espera, consejos, preguntas al final

closing = Vamos a cerrar por hoy. Usted sigue en la fila.
closing-place = Si prefiere que le llamemos, no pierde su lugar en la fila.
closing-stay = Para seguir en la línea hasta { $minutes ->
    [one] 1 minuto
   *[other] { $minutes } minutos
} más, oprima el 3.
education-offer = Para oír { $label }, oprima el 4.
education-danger = Si tiene dolor nuevo en la pantorrilla, dolor de pecho o dificultad para respirar, cuelgue y marque el 9 1 1. Si tiene duda, oprima el cero.
education-recording = Sigue una grabación corta. Para repetirla, oprima asterisco.
education-after-surgery = consejos sobre las primeras semanas después de la cirugía
education-walk = Camine un poco cada hora durante el día. Use su andador o bastón como le enseñaron.
education-ankles = Cuando se siente o se acueste, mueva los pies hacia arriba y hacia abajo diez veces.
education-ice = Si la articulación está caliente o hinchada, descanse y ponga hielo 15 minutos. Ponga un paño entre el hielo y la piel.
survey-offer = Para contestar dos preguntas cortas sobre esta llamada, oprima el 2.
survey-helped = ¿Recibió la ayuda que necesitaba? El 1 significa que no, para nada. El 5 significa que sí, por completo.
survey-easy = ¿Qué tan fácil fue comunicarse con nosotros? El 1 significa muy difícil. El 5 significa muy fácil.
survey-keys = Oprima un número del { $lowest } al { $highest }.
survey-thanks = Gracias por sus respuestas. Adiós.

### Límites de un servicio

limit-many = Lo siento, en este momento hay demasiadas personas esperando para esto.
limit-long = Lo siento, en este momento la espera para esto es demasiado larga.
limit-busy = Lo siento, en este momento están ocupadas todas las personas que le pueden ayudar con esto.
limit-away = Lo siento, en este momento no están disponibles las personas que le pueden ayudar con esto.
limit-other = Voy a buscar otro equipo que le pueda ayudar.

### La línea a la que llama el personal. Nada personal antes del PIN

dialin-welcome = Esta es la línea del personal. Marque su número de empleado. Al final, oprima numeral.
dialin-pin = Marque su PIN. Al final, oprima numeral.
dialin-wrong = Lo siento, los datos no coinciden.
dialin-locked = No puedo darle acceso ahora. Consulte con su supervisor. Adiós.
dialin-hello = Hola, { $clinician }.
dialin-menu = Para la próxima llamada, oprima el 1. Para cambiar su estado, oprima el 2. Para sus mensajes, oprima el 3. Para elegir su teléfono de hoy, oprima el 4.
dialin-waiting = { $count ->
    [one] Hay 1 persona en espera.
   *[other] Hay { $count } personas en espera.
}
dialin-nobody = No hay nadie en espera.
dialin-messages = { $count ->
    [one] Tiene 1 mensaje.
   *[other] Tiene { $count } mensajes.
}
dialin-stand-by = Su línea está disponible. Espere aquí la próxima llamada. O cuelgue, y sonará su teléfono. Para volver, oprima numeral.
dialin-stand-by-still = Su línea sigue disponible. Por favor, no cuelgue. Para volver, oprima numeral.
dialin-ringing = Estoy preparando la llamada al paciente. Espere en la línea. O cuelgue, y sonará su teléfono. Para volver, oprima numeral.
dialin-ringing-still = Sigo preparando la llamada. Por favor, no cuelgue. Para volver, oprima numeral.
dialin-phone-will-ring = Su línea sigue disponible. Llamaré a su teléfono. Adiós.
duty-ready = Su línea está disponible.
duty-ready-until = Su línea está disponible hasta { $until }.
duty-ready-hours = Su línea está disponible hasta { $until }, cuando termina su horario.
duty-free-later = Su línea está en pausa. Estará disponible desde { $begins } hasta { $until }.
duty-away = Su línea está en pausa.
duty-away-until = Su línea está en pausa hasta { $until }.
duty-missed = No contestó dos llamadas, así que su línea quedó en pausa.
duty-visit = Está en una consulta.
duty-visit-until = Está en una consulta hasta { $until }.
duty-offline = Está fuera de turno.
duty-wrapping-up = Está terminando su última llamada.
duty-talking = Tiene una llamada.
duty-keys = Para estar disponible, oprima el 1. Para una pausa, oprima el 2. Para estar disponible por un tiempo limitado, oprima el 3. Para terminar su turno, oprima el 4. Para volver, oprima numeral.
duty-why = Para una consulta, oprima el 1. Para un descanso, oprima el 2. Para almorzar, oprima el 3. Para una reunión, oprima el 4. Para papeleo, oprima el 5. Para volver, oprima numeral.
duty-away-minutes = ¿Cuántos minutos? Si todavía no sabe, marque 0. Al final, oprima numeral.
duty-free-minutes = ¿Cuántos minutos va a estar disponible? Si todavía no sabe, marque 0. Al final, oprima numeral.
message-from = Un mensaje de { $patient }, sobre { $about }. Lo dejó { $when }.
message-from-unproved = Un mensaje sobre { $about }. Lo dejaron { $when }. No se verificó la identidad de quien llamó.
about-other = otro asunto
message-keys = Si ya está resuelto, oprima el 1. Para guardarlo, oprima el 2. Para llamar al paciente, oprima el 3. Para oírlo otra vez, oprima asterisco. Para volver, oprima numeral.
message-not-rung-being-rung = En este momento estamos llamando a este paciente.
message-not-rung-changed = Otra persona ya se ocupa de este mensaje.
message-not-rung-no-number = No tenemos ningún número al que podamos llamar a este paciente.
message-not-rung-at-night = Donde está el paciente, es demasiado temprano o demasiado tarde para llamar. Allí podemos llamar de 8 de la mañana a 8 de la noche.
message-not-rung-not-his-hours = El paciente eligió horas para nuestras llamadas. Ahora estamos fuera de esas horas.
message-not-rung-closed = El centro está cerrado, así que no podemos llamar al paciente ahora.
message-not-rung-not-yet = Le prometimos a este paciente una llamada a otra hora.
message-not-rung-not-hers = Este paciente no desea que le llame usted.
message-not-rung-anothers = Prometimos otra llamada a este número. Esa va primero.
message-not-rung-colleagues = Alguien del equipo está por llamar a este paciente.
message-not-rung-no-service = Ya no ofrecemos el servicio por el que llamó el paciente, así que no podemos hacer la llamada.
message-no-more = No tiene más mensajes.
phone-now = Sus llamadas llegan al teléfono que termina en { $digits }.
phone-this = Para el teléfono desde el que llama, oprima el 1.
phone-keys = Para otro teléfono, oprima el 2. Para su teléfono de siempre, oprima el 3. Para volver, oprima numeral.
phone-number = Marque el número al que debemos llamar hoy. Marque los 10 dígitos, con el código de área.
phone-refused = Lo siento, no podemos llamar a ese número.
phone-usual = Sus llamadas llegan otra vez a su teléfono de siempre.
