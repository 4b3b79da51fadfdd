# What all pages say.
skip = Skip to the content
nav-pages = Pages
nav-languages = Languages
more = More
back = Back
date-day = { $day } { $month } { $year }
date-time = { $date }, { $time }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
span-minutes = { $count ->
    [one] { $shown } minute
   *[other] { $shown } minutes
}
span-hours = { $count ->
    [one] { $shown } hour
   *[other] { $shown } hours
}
span-days = { $count ->
    [one] { $shown } day
   *[other] { $shown } days
}
sign-in = Sign in
sign-out = Sign out
sign-in-contact = E-mail or telephone
sign-in-password = Password
sign-in-hint = Without a password, ask for a code.
code-ask = Send me a code
code-invited = You have been invited. Sign in to begin.
code-sent = If there is an account, a code was sent to { $contact }.
code-digits = The six digits
code-again = Start again
faults-title = Please check this
fault-other = This is not right. Check it.
fault-missing = Please fill this in.
fault-blank = Please fill this in.
fault-too-long = This is too long.
fault-too-short = This is too short.
fault-wrong-count = There are too many or too few.
fault-bad-character = This has characters that cannot be used.
fault-wrong-type = This is not of the right kind.
fault-wrong-form = This is not an address or number that can be used.
fault-out-of-range = This is out of range.
fault-unknown-choice = Choose one of those offered.
fault-unknown-language = Choose one of the languages offered.
fault-not-a-number = Give a number.
fault-not-a-time = Give a date and a time such as 2026-03-01T08:30:00Z.
fault-not-a-place = Give latitude and longitude in degrees, such as 42.36 and -71.06.
fault-bad-photo = This is no picture that can be used.
fault-photo-later = The picture could not be taken now. Try again in a moment, or send without it.
fault-unknown = This is not known here.
fault-repeated = This is here twice.
refusal-wrong-sign-in = That does not match. Check it and try again.
refusal-no-channel = No code can be sent this way. Use your password.
refusal-too-many-tries = Too many tries. Wait a moment and try again.
refusal-key-used-otherwise = This form was sent before. Open the page again.
refusal-cross-site = This was sent from another site. Open the page here and send it again.
refusal-changed-meanwhile = Somebody else changed this request meanwhile. Look at it again, then decide.
error-400 = This could not be read
error-400-text = Something in what was sent is wrong. Go back and try again.
error-401 = Your sign-in has ended
error-401-text = Nothing was changed. Sign in again, go back, and send it once more.
error-403 = You may not do this
error-403-text = Your account has no right to this page. If it should, ask whoever manages it.
error-404 = There is nothing here
error-404-text = The page or the request does not exist, or is not public.
error-405 = This cannot be done here
error-405-text = Open the page from the beginning.
error-408 = It took too long to arrive
error-408-text = The connection may be weak. Try again.
error-409 = This cannot be done now
error-409-text = It has changed meanwhile. Open the page again.
error-410 = This is gone
error-410-text = It was removed.
error-412 = This has changed meanwhile
error-412-text = Open the page again, then decide.
error-413 = This is too large
error-413-text = Send fewer or smaller photos.
error-415 = This is of another kind than expected
error-415-text = Send it with the form on the page.
error-429 = Too much at once
error-429-text = Wait a minute, then try again.
error-503 = Not possible right now
error-503-text = The service is busy. Nothing is lost; try again in a moment.
error-500 = Something went wrong
error-500-text = The fault is ours and has been noted. Try again later.
error-home = To the front page
error-request = For questions: { $request }
