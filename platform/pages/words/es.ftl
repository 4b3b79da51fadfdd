# Lo que dicen todas las páginas.
skip = Ir al contenido
nav-pages = Páginas
nav-languages = Idiomas
more = Más
back = Atrás
date-day = { $day } de { $month } de { $year }
date-time = { $date }, { $time }
month-1 = enero
month-2 = febrero
month-3 = marzo
month-4 = abril
month-5 = mayo
month-6 = junio
month-7 = julio
month-8 = agosto
month-9 = septiembre
month-10 = octubre
month-11 = noviembre
month-12 = diciembre
span-minutes = { $count ->
    [one] { $shown } minuto
   *[other] { $shown } minutos
}
span-hours = { $count ->
    [one] { $shown } hora
   *[other] { $shown } horas
}
span-days = { $count ->
    [one] { $shown } día
   *[other] { $shown } días
}
sign-in = Iniciar sesión
sign-out = Cerrar sesión
sign-in-contact = Correo electrónico o teléfono
sign-in-password = Contraseña
sign-in-hint = Sin contraseña, pida un código.
code-ask = Enviarme un código
code-invited = Se le ha invitado. Inicie sesión para empezar.
code-sent = Si hay una cuenta, se ha enviado un código a { $contact }.
code-digits = Las seis cifras
code-again = Empezar de nuevo
faults-title = Revise esto
fault-other = Esto no es correcto. Revíselo.
fault-missing = Rellene esto, por favor.
fault-blank = Rellene esto, por favor.
fault-too-long = Esto es demasiado largo.
fault-too-short = Esto es demasiado corto.
fault-wrong-count = Hay demasiados o muy pocos.
fault-bad-character = Hay caracteres que no se pueden usar.
fault-wrong-type = Esto no es del tipo adecuado.
fault-wrong-form = No es una dirección o un número que se pueda usar.
fault-out-of-range = Esto está fuera de los límites.
fault-unknown-choice = Elija una de las opciones ofrecidas.
fault-unknown-language = Elija uno de los idiomas ofrecidos.
fault-not-a-number = Escriba un número.
fault-not-a-time = Escriba fecha y hora, por ejemplo 2026-03-01T08:30:00Z.
fault-not-a-place = Escriba latitud y longitud en grados, por ejemplo 42.36 y -71.06.
fault-bad-photo = No es una imagen que se pueda usar.
fault-photo-later = La imagen no se pudo recibir ahora. Inténtelo en un momento o envíe sin ella.
fault-unknown = Esto no se conoce aquí.
fault-repeated = Esto está dos veces.
refusal-wrong-sign-in = No coincide. Revíselo e inténtelo de nuevo.
refusal-no-channel = No se puede enviar un código así. Use su contraseña.
refusal-too-many-tries = Demasiados intentos. Espere un momento e inténtelo de nuevo.
refusal-key-used-otherwise = Este formulario ya se envió. Abra la página de nuevo.
refusal-cross-site = Esto se envió desde otro sitio. Abra la página aquí y envíelo de nuevo.
refusal-changed-meanwhile = Otra persona cambió esta solicitud. Mírela de nuevo y decida después.
error-400 = No se pudo leer
error-400-text = Algo de lo enviado no es correcto. Vuelva atrás e inténtelo de nuevo.
error-401 = Su sesión ha terminado
error-401-text = No se ha cambiado nada. Inicie sesión, vuelva atrás y envíelo otra vez.
error-403 = No puede hacer esto
error-403-text = Su cuenta no tiene derecho a esta página. Si debería tenerlo, pregunte a quien la administra.
error-404 = Aquí no hay nada
error-404-text = La página o la solicitud no existe o no es pública.
error-405 = Esto no se puede hacer aquí
error-405-text = Abra la página desde el principio.
error-408 = Tardó demasiado en llegar
error-408-text = La conexión puede ser débil. Inténtelo de nuevo.
error-409 = No se puede hacer ahora
error-409-text = Ha cambiado entretanto. Abra la página de nuevo.
error-410 = Ya no está
error-410-text = Se ha quitado.
error-412 = Ha cambiado entretanto
error-412-text = Abra la página de nuevo y decida después.
error-413 = Es demasiado grande
error-413-text = Envíe menos fotos o más pequeñas.
error-415 = Es de otro tipo que el esperado
error-415-text = Envíelo con el formulario de la página.
error-429 = Demasiado de una vez
error-429-text = Espere un minuto e inténtelo de nuevo.
error-503 = Ahora no es posible
error-503-text = El servicio está ocupado. No se pierde nada; inténtelo en un momento.
error-500 = Algo salió mal
error-500-text = El fallo es nuestro y se ha anotado. Inténtelo más tarde.
error-home = A la portada
error-request = Para consultas: { $request }
