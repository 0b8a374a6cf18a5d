# Every sentence the center speaks in English. Short words; no sentence asks for two things.
# { $name } is filled in by the call. A message must have the same variables in every language.

### The first words

emergency = If this is an emergency, hang up and dial 9 1 1.
welcome = Thank you for calling the patient access center.
choose-language = For English, press { $key }.
more-time = If you need more time, press { $key }.

### Menus

menu-option = For { $label }, press { $key }.
menu-again = Here are the choices again.
callback-about = What should we call you about?
message-about = What is your message about?
repeat = To hear this again, press star.
press-zero = To speak with a person, press 0.
option-therapy = exercises or therapy after a hospital stay
option-nurse = a nurse
option-clinic = medicines or your doctor's office
option-callback = a call back from us
option-promise = a call that we already promised you
option-person = anything else
service-therapy = exercises or therapy
service-nurse = a nursing question
service-clinic = medicines or the doctor's office
service-callback = a call back
service-promise = a call that we promised you
service-person = help from a person
role-therapy = your physical therapist
role-nurse = your nurse
role-clinic = from your doctor's office
language-en = English
language-es = Spanish

### How he is spoken with

slow-on = All right. Take all the time you need.
slow-off = All right. We will go at the usual pace.
other-language = For English, press { $key }.

### Whether we heard him right

heard-words = I heard: { $words }.
heard-date = I heard: { $date }.
heard-keys = If that is right, press 1 or say yes. If not, press 2.

### What callers may say, beside the words of the menus: a list after each name, never spoken by us

words-yes = yes, yeah, yep, right, correct, that is right, that's right, sure, okay
words-no = no, nope, wrong, that is wrong, not right
words-person = operator, person, a real person, someone, somebody, representative, agent, human, help
words-repeat = repeat, say that again, say it again, again, pardon, what did you say
words-back = go back, previous, main menu
words-slow = more time, slower, slow down, too fast, relay, relay service, relay operator, relay call, T T Y, TTY, captioned call, captioned telephone
words-callback = call back, callback, call me back, call me
words-message = message, leave a message, voicemail
words-wait = keep waiting, wait, stay, hold
words-next = next available, next, anyone, anybody, whoever is free
words-other = another number, different number, other number
words-cut-off = cut off, disconnected, lost
words-questions = the questions, two questions, survey
words-keep = keep it, keep, keep the call, keep that call, leave it
words-cancel = cancel, cancel it, cancel the call
words-move = another time, a different time, different time, other time, move it, reschedule, choose a time
words-else = something else, anything else, another matter
words-first = the first one, the first, first, one
words-second = the second one, the second, second, two
words-third = the third one, the third, third, three
words-digits = zero, oh, one, two, three, four, five, six, seven, eight, nine

### Who calls

birth-date = Please say the patient's date of birth, or enter it as 8 digits. That is two for the month, two for the day, and four for the year.
birth-date-again = Please enter the patient's date of birth as 8 digits: two for the month, two for the day, and four for the year.
second-proof = Next, enter your PIN, or the code that we gave you. Then press pound. If you are calling for someone else, enter your own code. If you have no PIN or code, press 0.
second-proof-again = Enter your 4 digit PIN, or your 6 digit code. Then press pound.
did-not-match = I am sorry, that did not match. Let's try again.

### A person

someone-will-help = Let me find someone to help you.
connecting-person = Please stay on the line while I connect you.
goodbye = Thank you. Goodbye.

### Waiting

finding-someone = Thank you. Let me find the right person for you.
own-ready = I am calling { $own }, { $role }.
own-busy = { $own }, { $role }, is with another patient. { $own } or a colleague will be with you as soon as possible.
own-away = { $own }, { $role }, cannot take calls right now. A colleague will be with you as soon as possible.
wait-choices = Please stay on the line. For a call back without losing your place in line, press 2.
offer-operator = For the operator, press 0.
wait-comfort = Thank you for waiting. You are still in line.
place-kept = We kept your place in line.
keep-waiting = All right. You are still in line.
sorry-lost = I am sorry, we lost that connection. You are at the front of the line.
connecting-now = I am connecting you now.
talk-over = Your call has ended. If you were cut off, press 1.
may-hang-up = Otherwise, you can hang up.

### Whom to wait for

own-busy-until = { $own }, { $role }, is with a patient until about { $time }.
own-is-busy = { $own }, { $role }, is with another patient.
offer-wait-own = To wait for { $own }, press 1.
offer-callback-own = To have { $own } call you back, press 2.
offer-next = For the next available team member, press 3.
chose-own = All right. You are in line for { $own }.
chose-next = All right. I will connect you with the next available team member.
own-or-colleague = { $own } or a colleague will be with you as soon as possible.
own-gone = { $own } cannot take calls right now. I will connect you with the next available team member.
wait-own-choices = You are still in line for { $own }. For a call back, press 2. For the next available team member, press 3.
wait-range = The wait is about { $low } to { $high } minutes.
wait-about = The wait is about { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
}.
wait-under = The wait is less than { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
}.
position-next = You are next in line.
position = You are number { $position } in line.
position-many = More than { $most } callers are ahead of you.

### A call back

callback-caller = Should we call you back at the number you are calling from, ending in { $digits }?
callback-entered = Should we call you back at { $digits }?
callback-confirm-keys = If yes, press 1. For another number, press 2.
callback-keep-waiting = To keep waiting, press 3.
callback-number = Please enter the phone number we should call. Enter 10 digits, starting with the area code.
callback-number-again = Enter 10 digits, starting with the area code.
callback-refused = I am sorry, we cannot call that number.
callback-promise = We will call the number ending in { $digits }, as soon as someone is free. You keep your place in line. Please keep your phone near you.
callback-promise-own = { $own }, { $role }, or a colleague will call you as soon as one of them is free. We will call the number ending in { $digits }. You keep your place in line. Please keep your phone near you.
callback-promise-when = We will call you after we open { $when }. We will call the number ending in { $digits }.

### Nobody can take the call

closed = We are closed now.
closed-holiday = We are closed today for the holiday.
nobody-on-duty = I am sorry, no one who can help with this is here right now.
nobody-answered = I am sorry, no one could take your call.
long-wait = I am sorry that you have to wait so long.
offer-callback = For a call back, press 1.
offer-callback-when = For a call back when we open { $when }, press 1.
offer-message = To leave a message, press 2.
offer-keep-waiting = To keep waiting, press 3.
offer-person = To speak with a person now, press 0.

### A message

message-start = After the tone, please say the patient's name and date of birth, and your message. When you are done, press pound.
message-again = I did not hear a message. Please speak after the tone. When you are done, press pound.
message-thanks = We have your message. Someone from our team will call you back within { $hours ->
    [one] 1 hour
   *[other] { $hours } hours
}.
message-thanks-own = We have your message. { $own }, { $role }, or a colleague will call you back within { $hours ->
    [one] 1 hour
   *[other] { $hours } hours
}.
message-thanks-when = We have your message. Someone from our team will call you back after we open { $when }.
message-callback = I am sorry, I could not hear you. Someone from our team will call the number ending in { $digits }.
message-none = I am sorry, I could not hear you. Please call us again.

### A clinician's phone: nothing about the patient before the key

offer-greeting = The access center has a call for you. To take it, press 1. To pass it on, press 2.
offer-gone = This call has been taken care of. Thank you.
caller-gone = The caller has hung up. Thank you.
offer-passed = All right. I will ask someone else. Thank you.
offer-no-key = I did not hear a key. I will ask someone else.
offer-no-key-away = Again, I did not hear a key. You are now set to away. To get calls, set yourself to ready.
offer-missed = You missed two calls, so you were set to away for a while.
patient-lost = The patient did not come on the line. We will take care of it. Thank you.
patient-not-reached = We could not reach the patient. We will try again. Thank you.
clinician-done = The call has ended. Thank you.
operator-caller-proved = The caller's identity was checked.
operator-caller-hint = Identity not checked. The caller's number is on one patient's record. Ask for two identifiers.
operator-caller-unknown = Identity not checked.
whisper-call-own = { $patient }, your patient. Identity checked.
whisper-call-patient = { $patient }. Identity checked.
whisper-proxy-own = { $proxy } is calling for { $patient }, your patient. Identity checked.
whisper-proxy-patient = { $proxy } is calling for { $patient }. Identity checked.
whisper-unproved = A caller. Identity not checked.
whisper-callback-own = Call back for { $patient }, your patient. Confirm who answers.
whisper-callback-patient = Call back for { $patient }. Confirm who answers.
whisper-callback-unproved = Call back for a caller. Identity not checked.
whisper-about = About: { $about }.
whisper-language = The caller speaks { $language }.
whisper-waited = Waited { $seconds ->
    [one] 1 second
   *[other] { $seconds } seconds
}.
whisper-waited-minutes = Waited { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
}.
whisper-ringing = Please stay on the line while I call.

### A patient's phone, when we ring back: a machine may be listening

return-greeting = This is the patient access center returning your call. To talk with us, press 1. If you no longer need us, press 2. If the person who called us is not there, press 3. To stop our calls, press 9.
return-greeting-unasked = This is the patient access center calling. To talk with us, press 1. If you do not want this call, press 2. If the patient is not there, press 3. To stop our calls, press 9.
return-sorry = I am sorry, we lost that connection. We will call you again.
return-not-wanted = All right. We will not call again about this. Goodbye.
return-call-us = This is the patient access center. Please call us when you can. If this is an emergency, dial 9 1 1. Goodbye.

### The operator's phone

operator-greeting = A call from the patient access center. To take it, press 1.

# The phone of somebody who is asked into a talk
guest-greeting = { $colleague } from the access center is asking you to join a call. To join, press 1. If you cannot, press 2.
guest-greeting-interpreter = The access center needs an interpreter. To join the call, press 1. If you cannot, press 2.
guest-not-needed = Your help is no longer needed for this call. Thank you.
guest-enters = You are joining a call with { $patient }.
guest-joins = Thank you. You are joining the call now.
guest-listens = You can listen now. No one can hear you.
guest-coaches = Only the clinician can hear you.
guest-thanks = Thank you. Goodbye.

### Danger: what was said means that he may need help at once. Approved by clinicians, like the red flags.

red-emergency = This may be a medical emergency. If you can, hang up now and dial 9 1 1. If you stay on the line, I will connect you to a nurse.
red-crisis = You can call or text 9 8 8 at any time, day or night. I am connecting you to a person now.
red-nurse = I am connecting you to a nurse now. If this is an emergency, hang up and dial 9 1 1.
red-quiet = One moment, please. I am connecting you now.
red-next = Please stay on the line. I am trying to reach someone else.
red-wait = Please stay on the line. You are first in line.
red-wait-emergency = I am still looking for a nurse. If you can, hang up and dial 9 1 1.
red-wait-crisis = Please stay on the line. You can also call or text 9 8 8.
text-emergency = This may be a medical emergency. Call 911 now. Or call this number to speak with a nurse.
text-crisis = You can call or text 988 at any time, day or night. Or call this number to speak with a person.
text-nurse = Please call this number now to speak with a nurse. In an emergency, call 911.
press-nine = For urgent help, press 9.
whisper-red-emergency = Red flag call. It may be an emergency.
whisper-red-crisis = Red flag call. The caller may be in crisis.
whisper-red-nurse = Red flag call. The caller needs a nurse now.

### A call back: times, and the promise that stands

callback-on-file = Should we call you back at the number you asked us to use, ending in { $digits }?
callback-other-time = To choose a time for the call, press 4.
callback-window = For a call { $when }, press { $number }.
callback-no-time = I am sorry, I cannot find a time for a call back. Please leave a message, and we will call you.
callback-full = I am sorry, we cannot promise any more calls for today.
callback-moved = All right. We will call you { $when } instead.
callback-promise-window = We will call you { $when }. We will call the number ending in { $digits }. Please keep your phone near you.
callback-promise-window-own = { $own }, { $role }, will call you { $when }. We will call the number ending in { $digits }. Please keep your phone near you.
callback-promise-by = We will call you no later than { $latest }. We will call the number ending in { $digits }. Please keep your phone near you.
offer-texts = To get a text message before we call, press 1. Otherwise, you can hang up.
texts-wanted = All right. We will send you a text message. To stop these messages, reply with the word stop.
my-callback-soon = We have promised to call the number ending in { $digits } as soon as someone is free.
my-callback-by = We have promised to call you no later than { $latest }. We will call the number ending in { $digits }.
my-callback-window = We have promised to call you { $when }. We will call the number ending in { $digits }.
my-callback-keys = To keep that call, press 1. To cancel it, press 2. To move it to another time, press 3.
my-callback-another = For a call back about something else, press 4.
my-callback-none = I do not see a call planned for you.
my-callback-stays = All right. We will call you.
my-callback-cancelled = All right. We will not call you about this.
promise-joined = We promised you a call. You keep that place in line.
own-later = { $own } is with a patient, and can call you { $when }. For that call, press 1. To stay in line, press 2.

### A clinician passes a call on until after a visit

offer-after-visit = To call back after your visit, press 3.
offer-when-free = When can you call? To call in 15 minutes, press 1. To call in 30 minutes, press 2. To call in 1 hour, press 3.
offer-passed-until = Thank you. I will tell the patient that you can call in { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
}.

### A patient's phone, when we ring back: other answers

return-wrong-person = I am sorry. We will try again later. Goodbye.
return-left-alone = All right. We will not call this number again. Goodbye.
return-hold = Thank you. One moment, please.
return-again = I am sorry, no one is free at this moment. You are first in line. We will call you again { $when }, or a little later. Goodbye.
return-person = I am sorry, no one is free at this moment. Someone from our team will take care of this and call you. Goodbye.

### Text messages: at most 160 characters of the GSM alphabet, nothing personal

text-booked = Patient access center: we will call you from { $center }, { $when }. Reply C to cancel, STOP for no more texts. Emergency: 911.
text-booked-soon = Patient access center: we will call you from { $center } as soon as we can. Reply C to cancel, STOP for no more texts. Emergency: 911.
text-soon = Patient access center: we will call you from { $center } in a few minutes. Reply C to cancel, STOP for no more texts. Emergency: 911.
text-cancelled = Patient access center: we will not call you. If you want the call after all, reply K or call { $center }. Emergency: 911.
text-cancelled-one = Patient access center: that call is off. Our other call to you still stands. If you want both, reply K or call { $center }. Emergency: 911.
text-kept = Patient access center: we will call you after all, from { $center }. Reply C to cancel, STOP for no more texts. Emergency: 911.
text-started = Patient access center: we may call and text you again. Reply STOP for no more texts. Emergency: 911.
text-calls-only = Patient access center: please call us at { $center }. Reply STOP for no more texts. Emergency: 911.

### Beside the talk: closing while somebody waits, guidance, questions afterwards

closing = We are closing for today, and you are still in line.
closing-place = If you choose a call back, you keep your place in line.
closing-stay = To stay on the line for up to { $minutes ->
    [one] 1 more minute
   *[other] { $minutes } more minutes
}, press 3.
education-offer = To hear { $label }, press 4.
education-danger = If you have new pain in your calf, chest pain or trouble breathing, hang up and dial 9 1 1. If you are not sure, press 0.
education-recording = A short recording follows. To hear it again, press star.
education-after-surgery = tips for the first weeks after surgery
education-walk = Take a short walk every hour while you are awake. Use your walker or cane as you were shown.
education-ankles = When you sit or lie down, move your feet up and down ten times.
education-ice = If your joint is warm or swollen, rest and put ice on it for 15 minutes. Keep a cloth between the ice and your skin.
survey-offer = To answer two short questions about this call, press 2.
survey-helped = Did you get the help you needed? 1 means not at all. 5 means completely.
survey-easy = How easy was it to reach us? 1 means very hard. 5 means very easy.
survey-keys = Press a number from { $lowest } to { $highest }.
survey-thanks = Thank you for your answers. Goodbye.

### Limits of a service

limit-many = I am sorry, too many people are waiting for this right now.
limit-long = I am sorry, the wait for this is too long right now.
limit-busy = I am sorry, everyone who can help with this is busy right now.
limit-away = I am sorry, everyone who can help with this is away right now.
limit-other = I will look for another team that can help you.

### The line that clinicians call. Nothing personal before the PIN

dialin-welcome = This is the line for clinicians. Enter your staff number. At the end, press pound.
dialin-pin = Enter your PIN. At the end, press pound.
dialin-wrong = I am sorry, that did not match.
dialin-locked = I cannot sign you in now. Please ask your supervisor. Goodbye.
dialin-hello = Hello, { $clinician }.
dialin-menu = For the next call, press 1. To change your status, press 2. For messages, press 3. To choose your phone for today, press 4.
dialin-waiting = { $count ->
    [one] 1 caller is waiting for you.
   *[other] { $count } callers are waiting for you.
}
dialin-nobody = No one is waiting for you.
dialin-messages = { $count ->
    [one] You have 1 message.
   *[other] You have { $count } messages.
}
dialin-stand-by = You are ready. Stay on the line for the next call. Or hang up, and your phone will ring. To go back, press pound.
dialin-stand-by-still = You are still ready. Please stay on the line. To go back, press pound.
dialin-ringing = I am setting up the call to the patient. Please stay on the line. Or hang up, and your phone will ring. To go back, press pound.
dialin-ringing-still = I am still setting up the call. Please stay on the line. To go back, press pound.
dialin-phone-will-ring = You are still ready. I will call your phone. Goodbye.
duty-ready = You are ready.
duty-ready-until = You are ready until { $until }.
duty-ready-hours = You are ready until { $until }, when your hours end.
duty-free-later = You are away. You will be ready from { $begins } until { $until }.
duty-away = You are away.
duty-away-until = You are away until { $until }.
duty-missed = You missed two calls, so you were set to away.
duty-visit = You are in a visit.
duty-visit-until = You are in a visit until { $until }.
duty-offline = You are off duty.
duty-wrapping-up = You are finishing your last call.
duty-talking = You have a call.
duty-keys = To be ready, press 1. To be away, press 2. To be ready for a limited time, press 3. To go off duty, press 4. To go back, press pound.
duty-why = For a visit, press 1. For a break, press 2. For lunch, press 3. For a meeting, press 4. For paperwork, press 5. To go back, press pound.
duty-away-minutes = For how many minutes? If you do not know yet, enter 0. At the end, press pound.
duty-free-minutes = For how many minutes will you be ready? If you do not know yet, enter 0. At the end, press pound.
message-from = A message from { $patient }, about { $about }, left { $when }.
message-from-unproved = A message about { $about }, left { $when }. The caller's identity was not checked.
about-other = something else
message-keys = If it has been taken care of, press 1. To keep it, press 2. To call the patient back, press 3. To hear it again, press star. To go back, press pound.
message-not-rung-being-rung = We are calling this patient right now.
message-not-rung-changed = Someone else is taking care of this message.
message-not-rung-no-number = We have no number that we may call for this patient.
message-not-rung-at-night = It is too early or too late to call where the patient is. We may call from 8 a.m. to 8 p.m. there.
message-not-rung-not-his-hours = The patient has chosen hours for our calls. It is outside those hours now.
message-not-rung-closed = The center is closed, so we cannot call the patient now.
message-not-rung-not-yet = We promised this patient a call at another time.
message-not-rung-not-hers = This patient does not wish to be called by you.
message-not-rung-anothers = We promised another call to this number. That one comes first.
message-not-rung-colleagues = A colleague is about to call this patient.
message-not-rung-no-service = We no longer offer what this message is about, so we cannot set up the call.
message-no-more = You have no more messages.
phone-now = Your calls come to the phone ending in { $digits }.
phone-this = For the phone you are calling from, press 1.
phone-keys = For another phone, press 2. For your usual phone, press 3. To go back, press pound.
phone-number = Enter the number that we should call today. Enter 10 digits, starting with the area code.
phone-refused = I am sorry, we cannot call that number.
phone-usual = Your calls come to your usual phone again.
